package dev.loupe.cli.influence;

import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.influence.FitInfluence;
import dev.loupe.instrument.influence.FitReport;
import dev.loupe.instrument.influence.FitRequest;
import dev.loupe.report.Finding;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe influence fit}. */
@Command(
    name = "fit",
    header = "Fit the curvature of the training loss.",
    description = {
      "",
      "Computes EK-FAC factors of the linear maps of the MLPs over a training corpus and keeps them"
          + " in a folder. An interrupted run resumes with the same command after the maps that are"
          + " finished."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe influence fit corpus.jsonl.gz --out fit --model almanac-1m --estimate",
      "  loupe influence fit corpus.jsonl.gz --out fit --model almanac-1m --share 0.05",
      "  loupe influence fit corpus.jsonl.gz --out fit --model almanac-1m --attention --empirical"
    })
public final class InfluenceFitCommand extends InstrumentCommand<FitRequest, FitReport> {
  @Parameters(
      paramLabel = "CORPUS",
      description = "A file of JSON lines, Parquet or text, or a folder of such files.")
  private Path corpus = Path.of("");

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FIT",
      converter = OptionConverters.OutputFolder.class,
      required = true,
      order = 1,
      description = "Output folder of the fit; a fit that was begun there resumes.")
  private ResultFolder out = new ResultFolder(Path.of(""));

  @Option(
      names = "--share",
      paramLabel = "SHARE",
      order = 10,
      converter = OptionConverters.Share.class,
      description = "Read this share of the documents, drawn by their ids (default: all).")
  private double share = 1;

  @Option(
      names = "--attention",
      order = 11,
      description = "Fit the maps of attention too (default: those of the MLPs).")
  private boolean attention;

  @Option(
      names = "--empirical",
      order = 12,
      description = "Take the corpus's own tokens as labels (default: drawn from the model).")
  private boolean empirical;

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      order = 13,
      converter = OptionConverters.Memory.class,
      description =
          "Most memory for matrices under way; maps that need more are fitted in groups, each with"
              + " two passes over the corpus (default: 1GiB).")
  private long maxMemory = FitRequest.DEFAULT_MEMORY;

  @Option(
      names = "--blocks",
      paramLabel = "WIDTH",
      order = 14,
      converter = OptionConverters.Count.class,
      description =
          "Take A and G as block-diagonal where they are wider than this (default:"
              + " ${DEFAULT-VALUE}). Blocks of half the width take a quarter of the time of"
              + " decompositions and half the memory, and leave out what passes between them.")
  private int widest = FitRequest.DEFAULT_WIDEST;

  @Option(
      names = "--index",
      order = 15,
      description =
          "Keep inputs and gradients of every token in bytes, so that 'ask' need not pass over the"
              + " corpus; --estimate shows how much that takes on disk.")
  private boolean index;

  InfluenceFitCommand(Terminal terminal) {
    super(new FitInfluence(), terminal);
  }

  @Override
  protected FitRequest request(Subject subject) {
    return new FitRequest(
        corpus, out.path(), share, attention, empirical, maxMemory, widest, index);
  }

  @Override
  protected void show(Finding<FitReport> finding, SummaryLines lines) {
    FitReport fit = finding.answer();
    lines.lineWithNote(Style.BOLD, "The fit is in " + out.path(), "");
    lines.row(
        String.format(
            Locale.ROOT,
            "  %,d documents, %,d tokens; loss %.3f nats a token; labels %s",
            fit.documents(),
            fit.tokens(),
            fit.loss(),
            fit.labels()));
    lines.head(
        String.format(
            Locale.ROOT, "  %-28s %6s %6s %12s %12s", "map", "in", "out", "mean Λ", "damping"));
    for (FitReport.FittedMap map : fit.maps()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "  %-28s %,6d %,6d %12.3g %12.3g",
              map.name(),
              map.inputs(),
              map.outputs(),
              map.meanCurvature(),
              map.damping()));
    }
    lines.row("  Ask: loupe influence ask PROMPT --fit " + out.path());
  }
}
