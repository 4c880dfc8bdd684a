package dev.loupe.cli.influence;

import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.influence.ValidateInfluence;
import dev.loupe.instrument.influence.ValidateReport;
import dev.loupe.instrument.influence.ValidateRequest;
import dev.loupe.model.training.FineTuning;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe influence validate}. */
@Command(
    name = "validate",
    header = "Compare influence with what retraining does.",
    description = {
      "",
      "Trains a model further on a corpus, then again on random halves of it and without the"
          + " documents of largest influence, and compares the losses of answers with what"
          + " influence, BM25, embedding similarity and gradients predicted. An interrupted run"
          + " resumes with the same command after the trainings that are done."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe world generate --seed 8 --scale 0.02 --out other",
      "  loupe influence validate other/corpus.jsonl.gz --questions other/questions.jsonl"
          + " --facts other/facts.jsonl --share 0.1 --out validation --model almanac-1m --estimate",
      "  loupe influence validate other/corpus.jsonl.gz --questions other/questions.jsonl --facts"
          + " other/facts.jsonl --share 0.1 --out validation --model almanac-1m --removals 10"
    })
public final class InfluenceValidateCommand
    extends InstrumentCommand<ValidateRequest, ValidateReport> {
  @Parameters(
      paramLabel = "CORPUS",
      description = "A file of JSON lines, Parquet or text, or a folder of such files.")
  private Path corpus = Path.of("");

  @Option(
      names = "--questions",
      paramLabel = "FILE",
      required = true,
      order = 1,
      description =
          "JSON lines with `prompt`, `answer` and `documents` (the ids of those that teach it), or"
              + " a `fact` that --facts knows.")
  private Path questions = Path.of("");

  @Option(
      names = "--facts",
      paramLabel = "FILE",
      order = 2,
      description = "JSON lines with `id` and `documents`, as 'loupe world generate' writes them.")
  private Optional<Path> facts = Optional.empty();

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FOLDER",
      converter = OptionConverters.OutputFolder.class,
      required = true,
      order = 3,
      description = "Folder of the retrainings; those that are there already are not made again.")
  private ResultFolder out = new ResultFolder(Path.of(""));

  @Option(
      names = "--share",
      paramLabel = "SHARE",
      order = 10,
      converter = OptionConverters.Share.class,
      description = "Train on this share of the documents, drawn by their ids (default: all).")
  private double share = 1;

  @Option(
      names = "--most",
      paramLabel = "COUNT",
      order = 11,
      converter = OptionConverters.Count.class,
      description = "Ask at most this many questions (default: ${DEFAULT-VALUE}).")
  private int most = ValidateRequest.DEFAULT_MOST;

  @Option(
      names = "--subsets",
      paramLabel = "COUNT",
      order = 12,
      converter = OptionConverters.Count.class,
      description = "Train on this many random halves (default: ${DEFAULT-VALUE}).")
  private int subsets = ValidateRequest.DEFAULT_SUBSETS;

  @Option(
      names = "--repeats",
      paramLabel = "COUNT",
      order = 13,
      converter = OptionConverters.Count.class,
      description =
          "Train this often on each half, in other orders, and average; 2 or more show what no"
              + " method can exceed (default: ${DEFAULT-VALUE}).")
  private int repeats = 1;

  @Option(
      names = "--removals",
      paramLabel = "COUNT",
      order = 14,
      description =
          "For this many questions train without the top documents of every method (default:"
              + " ${DEFAULT-VALUE}).")
  private int removals;

  @Option(
      names = "--removed",
      paramLabel = "COUNT",
      order = 15,
      converter = OptionConverters.Count.class,
      description = "Remove this many documents together (default: ${DEFAULT-VALUE}).")
  private int removed = ValidateRequest.DEFAULT_REMOVED;

  @Option(
      names = "--attention",
      order = 16,
      description = "Use the maps of attention too (default: those of the MLPs).")
  private boolean attention;

  @Option(
      names = "--refine",
      paramLabel = "ITERATIONS",
      order = 17,
      converter = OptionConverters.Count.class,
      description =
          "Also score by this many iterations of conjugate gradients on the damped Gauss–Newton"
              + " matrix, preconditioned by EK-FAC.")
  private int refine;

  @Option(
      names = "--refine-damping",
      paramLabel = "MEANS",
      order = 17,
      converter = OptionConverters.Positive.class,
      description =
          "Damping of --refine, in means of each map's curvature (default: ${DEFAULT-VALUE}).")
  private double refineDamping = ValidateRequest.DEFAULT_DAMPING;

  @Option(
      names = "--embedding",
      paramLabel = "FOLDER",
      order = 18,
      description =
          "Compare with this embedding model too: a folder with model.onnx and tokenizer.json.")
  private Optional<Path> embedding = Optional.empty();

  @Option(
      names = "--epochs",
      paramLabel = "COUNT",
      order = 20,
      converter = OptionConverters.Count.class,
      description = "Read every document this often in a training (default: ${DEFAULT-VALUE}).")
  private int epochs = ValidateRequest.DEFAULT_TRAINING.epochs();

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      order = 21,
      converter = OptionConverters.Count.class,
      description = "Documents of a step (default: ${DEFAULT-VALUE}).")
  private int batch = ValidateRequest.DEFAULT_TRAINING.batch();

  @Option(
      names = "--rate",
      paramLabel = "RATE",
      order = 22,
      converter = OptionConverters.Positive.class,
      description = "Learning rate of the first step; it falls to 0 (default: ${DEFAULT-VALUE}).")
  private double rate = ValidateRequest.DEFAULT_TRAINING.learningRate();

  InfluenceValidateCommand(Terminal terminal) {
    super(new ValidateInfluence(), terminal);
  }

  @Override
  protected ValidateRequest request(Subject subject) {
    return new ValidateRequest(
        corpus,
        questions,
        facts,
        out.path(),
        share,
        most,
        subsets,
        repeats,
        removals,
        removed,
        attention,
        refine,
        refineDamping,
        embedding.map(this::embedding),
        new FineTuning.Settings(rate, epochs, batch));
  }

  @Override
  protected void show(Finding<ValidateReport> finding, SummaryLines lines) {
    ValidateReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.row(
        String.format(
            Locale.ROOT,
            "  %,d documents, %d questions; loss of an answer %.3f before, %.3f after",
            report.documents(),
            report.questions(),
            report.lossBefore(),
            report.lossAfter()));
    lines.heading(
        "What predicts the losses after training on random halves",
        "linear datamodelling score over %d halves; recall at 10 of documents that state the answer"
            .formatted(report.subsets()));
    int width = report.methods().stream().mapToInt(each -> each.name().length()).max().orElse(0);
    for (ValidateReport.Method method : report.methods()) {
      lines.row(
          "  "
              + padded(method.name(), width)
              + interval(method.score())
              + interval(method.recall())
              + interval(method.found()));
    }
    if (report.reproducible().hasInterval()) {
      lines.row(
          "  " + padded("the same halves, another order", width) + interval(report.reproducible()));
    }
    if (!report.removals().isEmpty()) {
      lines.heading(
          "Trained without the top documents", "increase of the answer's loss; answers lost");
      for (ValidateReport.Removal removal : report.removals()) {
        lines.row(
            "  "
                + padded(removal.name(), width)
                + interval(removal.lossIncrease())
                + interval(removal.lost()));
      }
    }
  }

  private static String padded(String name, int width) {
    return name + " ".repeat(Math.max(0, width - name.length()));
  }

  private static String interval(Estimate estimate) {
    return String.format(
        Locale.ROOT, "  %6.3f [%6.3f, %6.3f]", estimate.value(), estimate.low(), estimate.high());
  }
}
