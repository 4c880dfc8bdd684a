package dev.loupe.cli.explain;

import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.PromptOptions;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.AnswerJudge;
import dev.loupe.instrument.explain.Contrast;
import dev.loupe.instrument.explain.ContrastReport;
import dev.loupe.instrument.explain.ContrastReport.Edit;
import dev.loupe.instrument.explain.ContrastRequest;
import dev.loupe.instrument.explain.EditSearch;
import dev.loupe.instrument.explain.EntailmentJudge;
import dev.loupe.instrument.explain.Measure;
import dev.loupe.instrument.explain.ModelJudge;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.LocalText;
import dev.loupe.report.Finding;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe explain contrast}. */
@Command(
    name = "contrast",
    header = "Which small edit of the prompt changes the answer?",
    description = {
      "",
      "Replaces words by others that the model itself proposes and looks for the edit that changes"
          + " the answer most within a budget of edited prompts."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe explain contrast --model smollm2 \"The sky is clear and the sun is shining so I will"
          + " take my\"",
      "  loupe explain contrast --model smollm2 --chat --measure rouge --threshold 0.8 \"Why is the"
          + " sky blue?\"",
      "  loupe explain contrast --model smollm2 --chat --entailment nli/ --threshold 0.5 \"Is the"
          + " sky blue?\""
    })
final class ContrastCommand extends InstrumentCommand<ContrastRequest, ContrastReport> {
  private static final ContrastRequest USUAL = ContrastRequest.of("");
  private static final int LISTED = 5;

  @Mixin private final PromptOptions prompt = new PromptOptions();

  @Option(
      names = "--chat",
      order = 10,
      description = "The prompt is the user's turn, which the model's chat template renders.")
  private boolean chat;

  @Option(
      names = "--measure",
      paramLabel = "NAME",
      order = 11,
      description =
          "How answers are compared: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Measure measure = Measure.LOG_PROBABILITY;

  @Option(
      names = "--embedding",
      paramLabel = "FOLDER",
      order = 11,
      description =
          "Embedding model for --measure similarity: a folder with model.onnx and tokenizer.json.")
  private Optional<Path> embedding = Optional.empty();

  @Option(
      names = "--search",
      paramLabel = "NAME",
      order = 12,
      description =
          "How edits are searched: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). best-first"
              + " tries single words, then the sets of them that should be strongest; cell plans a"
              + " budget; mcell makes the best edit of one word again and again.")
  private EditSearch search = USUAL.search();

  @Option(
      names = "--most-words",
      paramLabel = "COUNT",
      order = 12,
      converter = OptionConverters.Count.class,
      description = "Words that best-first changes at once (default: ${DEFAULT-VALUE}).")
  private int mostWords = USUAL.mostWords();

  @Option(
      names = "--budget",
      paramLabel = "COUNT",
      order = 13,
      converter = OptionConverters.Count.class,
      description = "Edited prompts to score at most (default: ${DEFAULT-VALUE}).")
  private int budget = USUAL.budget();

  @Option(
      names = "--radius",
      paramLabel = "WORDS",
      order = 14,
      converter = OptionConverters.Count.class,
      description = "Words within which cell changes a prompt further (default: ${DEFAULT-VALUE}).")
  private int radius = USUAL.radius();

  @Option(
      names = "--threshold",
      paramLabel = "SIZE",
      order = 15,
      description = "End when the answer differs by more than this (default: ${DEFAULT-VALUE}).")
  private double threshold = USUAL.threshold();

  @Option(
      names = "--max-tokens",
      paramLabel = "COUNT",
      order = 16,
      converter = OptionConverters.Count.class,
      description = "Length of an answer at most (default: ${DEFAULT-VALUE}).")
  private int maxTokens = USUAL.maxTokens();

  @Option(
      names = "--judged",
      paramLabel = "WHAT",
      order = 17,
      description =
          "Compare answers by a judge model instead of --measure: ${COMPLETION-CANDIDATES}; scores"
              + " go from 0 to 1.")
  private Optional<ModelJudge.Kind> judged = Optional.empty();

  @Option(
      names = "--judge",
      paramLabel = "MODEL",
      order = 18,
      description = "The judge (default: the model itself).")
  private Optional<String> judge = Optional.empty();

  @Option(
      names = "--entailment",
      paramLabel = "FOLDER",
      order = 18,
      description =
          "Judge contradiction by this entailment model: a folder with model.onnx, tokenizer.json"
              + " and a config.json that names its labels.")
  private Optional<Path> entailment = Optional.empty();

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      converter = OptionConverters.Output.class,
      order = 19,
      description =
          "Keep each edit's score in this file at once; those that it holds are not scored again.")
  private Optional<ResultFile> resume = Optional.empty();

  private String text = "";

  ContrastCommand(Terminal terminal) {
    super(new Contrast(), terminal);
  }

  @Override
  protected void read() {
    text = prompt.read(terminal());
    if (judge.isPresent() && judged.isEmpty()) {
      throw LoupeException.badInput("--judge belongs to --judged", "Say what it is to judge.");
    }
    if (entailment.isPresent() && judged.isPresent()) {
      throw LoupeException.badInput(
          "--entailment and --judged both say who judges", "Give one of them.");
    }
  }

  @Override
  protected ContrastRequest request(Subject subject) {
    return new ContrastRequest(
        text,
        chat,
        measure,
        search,
        budget,
        radius,
        mostWords,
        threshold,
        maxTokens,
        judged
            .map(kind -> judge(kind, subject))
            .or(() -> entailment.map(folder -> new EntailmentJudge(entailment(folder)))),
        embedding.map(this::embedding),
        resume.map(ResultFile::path));
  }

  private AnswerJudge judge(ModelJudge.Kind kind, Subject subject) {
    if (judge.isEmpty()) {
      return new ModelJudge(kind, subject.text(), subject.weights().chatTemplate().isPresent());
    }
    LanguageModel other = open(judge.get());
    atEnd(other::close);
    return new ModelJudge(kind, new LocalText(other), other.chatTemplate().isPresent());
  }

  @Override
  protected void show(Finding<ContrastReport> finding, SummaryLines lines) {
    ContrastReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.heading("The edit", report.measured());
    lines.wrapped(
        Style.PLAIN,
        "  ",
        report.words().stream()
            .map(word ->
                SummaryLines.printable(
                    word.before().equals(word.after())
                        ? word.before()
                        : "[-%s-]{+%s+}".formatted(word.before(), word.after())))
            .collect(Collectors.joining(" ")));
    lines.blank();
    lines.wrapped(Style.DIM, "  before  ", SummaryLines.printable(report.answer()));
    lines.wrapped(Style.BOLD, "  after   ", SummaryLines.printable(report.edited()));
    lines.heading(
        "Strongest edits",
        String.format(
            Locale.ROOT, "of %,d; the search ended: %s", report.visits().size(), report.stop()));
    report.visits().stream()
        .sorted(Comparator.<Edit>comparingDouble(edit -> -Math.abs(edit.score())))
        .limit(LISTED)
        .forEach(edit ->
            lines.line(
                String.format(
                    Locale.ROOT,
                    "  %+8.3f  %s",
                    edit.score(),
                    SummaryLines.printable(edit.text()))));
  }
}
