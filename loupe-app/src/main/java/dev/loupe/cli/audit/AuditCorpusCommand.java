package dev.loupe.cli.audit;

import dev.loupe.audit.FactTally;
import dev.loupe.audit.corpus.CorpusHistory;
import dev.loupe.audit.corpus.CorpusPage;
import dev.loupe.audit.corpus.CorpusReport;
import dev.loupe.audit.corpus.CountCorpus;
import dev.loupe.audit.corpus.FactSource;
import dev.loupe.audit.corpus.ShardStore;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.LevelOption;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.RecordJson;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.job.Counted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loupe audit corpus}. */
@Command(
    name = "corpus",
    header = "How often a corpus states its facts, and the error that this forecasts.",
    description = {
      "",
      "Counts statements of facts: the singleton rate as Kalai et al. 2025 define it (facts stated"
          + " once over all examples), which is also Good and Turing's missing mass, with Esty's"
          + " interval; by relation and by file. One pass; files are shards. With --history the"
          + " exit code is 5 where a relation's rate has changed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe audit corpus facts.csv",
      "  loupe audit corpus world/corpus.jsonl.gz --wrong birthday=364",
      "  loupe audit corpus texts/ --pattern \"birthday=(?<subject>[A-Z]\\w+ [A-Z]\\w+) was born on"
          + " (?<object>[A-Z]\\w+ \\d+)\"",
      "  loupe audit corpus shards/ --state counts --history singletons.jsonl --when 2026-11"
          + " --append --html singletons.html"
    })
final class AuditCorpusCommand implements Callable<Integer> {
  private static final int OFTEN = 4_096;

  private final Terminal terminal;

  @Parameters(
      paramLabel = "CORPUS",
      arity = "1..*",
      description =
          "Tables (CSV or JSON lines with relation, subject and object, or the facts of loupe world"
              + " generate), or with --pattern any corpus; a folder of them is its files.")
  private List<Path> corpora = new ArrayList<>();

  @Option(
      names = "--pattern",
      paramLabel = "RELATION=REGEX",
      order = 1,
      description =
          "Find facts in texts, by a regular expression with the named groups subject and object."
              + " Repeatable.")
  private Map<String, String> patterns = new LinkedHashMap<>();

  @Option(
      names = "--relation",
      paramLabel = "COLUMN",
      order = 2,
      description = "Column of a table: the kind of fact. Default: relation.")
  private Optional<String> relation = Optional.empty();

  @Option(
      names = "--subject",
      paramLabel = "COLUMN",
      order = 3,
      description = "Column of a table: whose fact. Default: subject.")
  private Optional<String> subject = Optional.empty();

  @Option(
      names = "--object",
      paramLabel = "COLUMN",
      order = 4,
      description =
          "Column of a table: what is stated; an empty one says that it is not known. Default:"
              + " object.")
  private Optional<String> object = Optional.empty();

  @Option(
      names = "--unknown",
      paramLabel = "REGEX",
      order = 5,
      defaultValue = "(?i)^(idk|unknown|i don't know)\\W*$",
      description = "An object in which this is found says that it is not known.")
  private String unknown = "";

  @Option(
      names = "--wrong",
      paramLabel = "RELATION=COUNT",
      order = 6,
      description =
          "Wrong answers |E| to a question on this relation, for the forecast, such as"
              + " birthday=364. Default: one less than the values seen. Repeatable.")
  private Map<String, Long> wrongAnswers = new LinkedHashMap<>();

  @Option(
      names = "--delta",
      paramLabel = "DELTA",
      order = 7,
      defaultValue = "0",
      converter = OptionConverters.ShareFromZero.class,
      description =
          "Miscalibration of the model at the threshold, for the forecast; loupe audit bound"
              + " measures it (default: ${DEFAULT-VALUE}).")
  private double delta;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      order = 8,
      description =
          "Keep the counts of each file here: a count that was stopped resumes, and counts from"
              + " other machines merge.")
  private Optional<Path> state = Optional.empty();

  @Option(
      names = "--most-subjects",
      paramLabel = "N",
      order = 9,
      converter = OptionConverters.Count.class,
      description =
          "Subjects of a relation kept in memory, some 150 bytes each; of more a sample is kept"
              + " (default: 2,000,000).")
  private int most = FactTally.MOST_SUBJECTS;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      order = 701,
      converter = OptionConverters.Output.class,
      description =
          "Write a page with all figures, and the rates over time where there is a history, in one"
              + " file.")
  private Optional<ResultFile> html = Optional.empty();

  @Mixin private final HistoryOptions history = new HistoryOptions();

  @Mixin private final LevelOption level = new LevelOption();
  @Mixin private final JsonOption json = new JsonOption();

  @Spec private @Nullable CommandSpec command;

  AuditCorpusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (history.append() && history.file().isEmpty()) {
      throw UsageError.of(command, "--append belongs to --history.");
    }
    FactSource source =
        new FactSource(relation, subject, object, compiled(), pattern("--unknown", unknown));
    List<Path> files =
        corpora.stream().flatMap(each -> CountCorpus.files(each, source).stream()).toList();
    CountCorpus counting =
        new CountCorpus(source, most, state.map(folder -> new ShardStore(folder, most)));
    long began = System.nanoTime();
    try (ProgressLine progress = new ProgressLine(terminal, "counting facts", Counted.STEPS)) {
      for (Path file : files) {
        counting.add(
            file,
            number -> {
              if (number % OFTEN == 0) {
                progress.at(number, 0);
              }
            });
      }
    }
    CorpusReport counted =
        counting.report(
            new CorpusReport.Settings(level.value(), delta, wrongAnswers),
            (System.nanoTime() - began) / 1e9);
    CorpusReport report =
        history
            .file()
            .map(file -> {
              CorpusHistory past = new CorpusHistory(file);
              CorpusHistory.Line line = CorpusHistory.line(counted, history.when());
              CorpusReport compared =
                  counted.with(past.compare(line, level.value()), past.until(line, level.value()));
              if (history.append()) {
                past.append(line);
              }
              return compared;
            })
            .orElse(counted);
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      CorpusLines.show(report, lines);
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(terminal, RecordJson.of("loupe.audit/1", "corpus", report));
    html.ifPresent(page -> page.write(CorpusPage.of(report)));
    boolean isAlarm = report.change().map(CorpusHistory.Change::isAlarm).orElse(false);
    return (isAlarm ? ExitCode.EVIDENCE_FAILED : ExitCode.DONE).number();
  }

  private Map<String, Pattern> compiled() {
    Map<String, Pattern> compiled = new LinkedHashMap<>();
    patterns.forEach((name, text) -> compiled.put(name, pattern("--pattern " + name, text)));
    return compiled;
  }

  private Pattern pattern(String option, String text) {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw UsageError.of(command, option + " is not a pattern: " + e.getDescription() + ".");
    }
  }
}
