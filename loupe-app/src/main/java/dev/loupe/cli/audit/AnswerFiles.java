package dev.loupe.cli.audit;

import dev.loupe.audit.AnswerCsv;
import dev.loupe.audit.AnswerFile;
import dev.loupe.audit.AnswerGrader;
import dev.loupe.audit.AnswerMatch;
import dev.loupe.audit.AnswerOptions;
import dev.loupe.audit.AnswerTally;
import dev.loupe.audit.AskedSection;
import dev.loupe.audit.AuditPage;
import dev.loupe.audit.ConfidenceSource;
import dev.loupe.audit.JudgedGrades;
import dev.loupe.audit.Leaderboard;
import dev.loupe.audit.corpus.CorpusHistory;
import dev.loupe.audit.corpus.CorpusHistory.Moment;
import dev.loupe.audit.corpus.CorpusPage;
import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.LevelOption;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.RecordJson;
import dev.loupe.cli.option.ServerOptions;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.remote.TextServer;
import dev.loupe.model.text.LocalText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The files, how they are read, and where results go. */
final class AnswerFiles {
  private static final List<Double> TARGETS = List.of(0.0, 0.5, 0.75, 0.9);

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Samples of lm-evaluation-harness, logs of Inspect (.json, .eval), HELM's"
              + " per_instance_stats.json, CSV or JSON lines; told apart by their content.")
  private List<Path> files = new ArrayList<>();

  @Mixin private final AnswerColumns columns = new AnswerColumns();

  @Option(
      names = "--score",
      paramLabel = "NAME",
      order = 16,
      description = "The log's metric or scorer. Default: its first.")
  private Optional<String> score = Optional.empty();

  @Option(
      names = "--filter",
      paramLabel = "NAME",
      order = 17,
      description = "Filter of lm-evaluation-harness. Default: the first of the file.")
  private Optional<String> filter = Optional.empty();

  @Option(
      names = "--abstained",
      paramLabel = "REGEX",
      order = 18,
      description =
          "Answers in which this is found, and which are not right, are abstentions. Default:"
              + " \"I don't know\" and the like, alone, in eleven languages.")
  private Optional<String> abstained = Optional.empty();

  @Option(
      names = "--match",
      paramLabel = "HOW",
      order = 19,
      description =
          "Grade the texts by the right answers instead of the log's score: exact, normalised"
              + " (case, punctuation and articles do not count) or numeric (the last number).")
  private Optional<AnswerMatch.Kind> match = Optional.empty();

  @Option(
      names = "--judge",
      paramLabel = "MODEL",
      order = 23,
      description =
          "Let a model judge whether a text says the same as the right answer; or one behind"
              + " --server. A column label with people's grades of some answers corrects its"
              + " errors.")
  private Optional<String> judge = Optional.empty();

  @Mixin private final ServerOptions server = new ServerOptions();

  @Option(
      names = "--pattern",
      paramLabel = "REGEX",
      order = 20,
      description =
          "With --match: what finds the answer in a longer text, by its first group. Texts without"
              + " it are undetermined.")
  private Optional<String> pattern = Optional.empty();

  @Option(
      names = "--confidence-from",
      paramLabel = "SOURCE",
      order = 21,
      description =
          "recorded (default), stated (a number in the text, see --stated), log-probabilities (of"
              + " Inspect's tokens), agreement or semantic-entropy (of an item's samples).")
  private ConfidenceSource source = ConfidenceSource.RECORDED;

  @Option(
      names = "--stated",
      paramLabel = "REGEX",
      order = 22,
      description =
          "Finds the stated confidence by its first group; above 1 it is a percentage. Default:"
              + " such as \"Confidence: 85%%\".")
  private Optional<String> stated = Optional.empty();

  @Option(
      names = "--target",
      paramLabel = "T",
      order = 30,
      split = ",",
      converter = OptionConverters.ShareFromZero.class,
      description = "Confidence targets, rising. Default: 0,0.5,0.75,0.9; 0 is binary grading.")
  private List<Double> targets = TARGETS;

  @Option(
      names = "--seed",
      paramLabel = "N",
      order = 31,
      description = "Seed of the bootstrap of the ranks. Default: 1.")
  private long seed = 1;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      order = 701,
      converter = OptionConverters.Output.class,
      description = "Write a page with all figures and diagrams, in one file.")
  private Optional<ResultFile> html = Optional.empty();

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      order = 702,
      converter = OptionConverters.Output.class,
      description = "Write all figures with their intervals as CSV, a figure a row.")
  private Optional<ResultFile> csv = Optional.empty();

  @Option(
      names = "--asked",
      paramLabel = "FILE",
      order = 703,
      description =
          "With --html: behavioural calibration from the JSON of loupe audit ask; repeatable.")
  private List<Path> asked = new ArrayList<>();

  @Option(
      names = "--singletons",
      paramLabel = "FILE",
      order = 704,
      description =
          "With --html: singleton rates over time from the history of loupe audit corpus.")
  private Optional<Path> singletons = Optional.empty();

  @Mixin private final LevelOption level = new LevelOption();
  @Mixin private final JsonOption json = new JsonOption();

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  /** Reads all files, and writes what was asked for. */
  int run(Terminal terminal, String kind, BiConsumer<Leaderboard, SummaryLines> show) {
    for (int i = 0; i < targets.size(); i++) {
      if (targets.get(i) >= 1 || (i > 0 && targets.get(i) <= targets.get(i - 1))) {
        throw UsageError.of(command, "--target takes rising numbers from 0 to below 1.");
      }
    }
    if (html.isEmpty() && (!asked.isEmpty() || singletons.isPresent())) {
      throw UsageError.of(command, "--asked and --singletons are for --html.");
    }
    String more = sections();
    AnswerTally tally = new AnswerTally(source);
    List<String> notes = new ArrayList<>();
    try (TextServer remote = server.open(System.getenv()).orElse(null);
        LanguageModel local =
            judge
                .map(name -> new ModelAccess(terminal).open(name, new EngineOptions()))
                .orElse(null)) {
      if (remote != null && local != null) {
        throw UsageError.of(command, "--judge and --server name two judges.");
      }
      Optional<JudgedGrades> grades =
          remote != null
              ? Optional.of(new JudgedGrades(remote, true))
              : local != null
                  ? Optional.of(
                      new JudgedGrades(new LocalText(local), local.chatTemplate().isPresent()))
                  : Optional.empty();
      AnswerOptions options = options(grades);
      files.forEach(file -> notes.addAll(AnswerFile.read(file, options, tally::add)));
      grades.ifPresent(each -> notes.addAll(each.notes()));
    }
    Leaderboard board = tally.leaderboard(targets, level.value(), seed).with(notes);
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      show.accept(board, lines);
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(terminal, RecordJson.of("loupe.audit/1", kind, board));
    html.ifPresent(page -> page.write(AuditPage.of(board, more)));
    csv.ifPresent(file -> file.write(AnswerCsv.of(board)));
    return ExitCode.DONE.number();
  }

  /** Read before the answers: a fault in them costs no hour of a judge. */
  private String sections() {
    StringBuilder sections = new StringBuilder();
    asked.forEach(file -> sections.append(AskedSection.read(file)));
    singletons.ifPresent(file -> sections.append(CorpusPage.overTime(moments(file))));
    return sections.toString();
  }

  /** A history begins as a file that is not there; here there is nothing to begin. */
  private List<Moment> moments(Path file) {
    List<Moment> moments = new CorpusHistory(file).moments(level.value());
    if (moments.isEmpty()) {
      throw LoupeException.badInput(
          file + ": holds no count of a corpus",
          "Give the file that loupe audit corpus --history FILE --append wrote.");
    }
    return moments;
  }

  private AnswerOptions options(Optional<JudgedGrades> judged) {
    if (pattern.isPresent() && match.isEmpty()) {
      throw UsageError.of(command, "--pattern belongs to --match.");
    }
    if (judged.isPresent() && match.isPresent()) {
      throw UsageError.of(command, "--match compares texts without a judge; leave one out.");
    }
    return new AnswerOptions(
        columns.columns(),
        score,
        filter,
        judged
            .<AnswerGrader>map(each -> each)
            .or(() ->
                match.map(kind ->
                    new AnswerMatch(kind, pattern.map(each -> pattern(each, "--pattern"))))),
        source,
        pattern(stated.orElse(AnswerOptions.USUAL_STATEMENT), "--stated"),
        pattern(abstained.orElse(AnswerOptions.USUAL_ABSTENTIONS), "--abstained"));
  }

  private Pattern pattern(String text, String option) {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw UsageError.of(command, option + " is not a pattern: " + e.getDescription() + ".");
    }
  }
}
