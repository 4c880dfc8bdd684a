package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.examination.ExaminationRequest;
import dev.loupe.examination.FeatureLaw;
import dev.loupe.examination.LawReport;
import dev.loupe.examination.LawRequest;
import dev.loupe.instrument.Subject;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe features law}. */
@Command(
    name = "law",
    header = "Fit at which frequency a concept gets a feature of its own.",
    description = {
      "",
      "Counts how often each word of the Almanac occurs in its corpus, finds each word's best feature on text that"
          + " neither model nor dictionary has read, and fits the probability that it is the word's own (its F1 reaches a"
          + " threshold) by frequency times alive features. Published: one half at just below 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features law --basis almanac-sae-512 --with almanac-sae-2048,almanac-sae-8192",
      "  loupe features law --basis almanac-sae-2048 --f1 0.8 --json law.json"
    })
public final class FeaturesLawCommand extends BasisCommand<LawRequest, LawReport> {
  private static final int BAR = 30;

  @Option(
      names = "--with",
      paramLabel = "BASIS",
      order = 10,
      split = ",",
      description = "Dictionaries of other sizes; repeatable, or with commas.")
  private List<String> with = List.of();

  @Option(
      names = "--world",
      paramLabel = "SEED",
      order = 11,
      description = "Seed of the world that the model was trained on (default: ${DEFAULT-VALUE}).")
  private long world = ExaminationRequest.WORLD;

  @Option(names = "--scale", order = 12, description = "Its size (default: ${DEFAULT-VALUE}).")
  private double scale = 1;

  @Option(
      names = "--concepts",
      paramLabel = "COUNT",
      order = 13,
      description =
          "Draw at most this many from each quarter of a decade of frequency (default: ${DEFAULT-VALUE}).")
  private int concepts = 25;

  @Option(
      names = "--each",
      paramLabel = "COUNT",
      order = 14,
      description = "Read at most about this many occurrences of each (default: ${DEFAULT-VALUE}).")
  private int each = 16;

  @Option(
      names = "--f1",
      paramLabel = "VALUE",
      order = 15,
      description = "A feature is a concept's own from this F1 on (default: ${DEFAULT-VALUE}).")
  private double f1 = LawRequest.USUAL_THRESHOLD;

  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();

  FeaturesLawCommand(Terminal terminal) {
    super(new FeatureLaw(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
  }

  @Override
  protected LawRequest request(Subject subject) {
    OtherDictionaries others = new OtherDictionaries(subject.weights(), this::atEnd);
    return new LawRequest(
        world, scale, with.stream().map(others::open).toList(), concepts, each, f1);
  }

  @Override
  protected void show(Finding<LawReport> finding, SummaryLines lines) {
    LawReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.line(
        Style.DIM,
        String.format(
            Locale.ROOT,
            "%,d words judged on %,d positions; %,d are several tokens, %,d occurred too seldom",
            report.concepts(),
            report.positions(),
            report.split(),
            report.seldom()));
    lines.heading(
        "By dictionary",
        String.format(Locale.ROOT, "own feature: F1 of at least %.2f", report.threshold()));
    for (LawReport.Size size : report.sizes()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "  %-20s %,6d alive of %,6d   own %5.1f%% [%.1f, %.1f]   half at %s",
              size.basis(),
              size.alive(),
              size.features(),
              100 * size.own().value(),
              100 * size.own().low(),
              100 * size.own().high(),
              size.midpoint().isPresent()
                  ? "10^" + written(size.midpoint())
                  : written(size.midpoint())));
    }
    lines.heading("All dictionaries on one axis", "frequency × alive features");
    lines.head(
        "  F1 FROM   OWN      HALF AT 10^               SLOPE A DECADE          McFADDEN, BY FREQUENCY");
    for (LawReport.Fit fit : report.fits()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "  %.1f     %5.1f%%   %-24s  %-22s  %.3f  %.3f",
              fit.threshold(),
              100 * fit.own(),
              written(fit.midpoint()),
              written(fit.slope()),
              fit.mcFadden(),
              fit.mcFaddenByFrequency()));
    }
    lines.heading("Share with a feature of their own", "by log10 of frequency × alive features");
    for (LawReport.Bin bin : report.bins()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "  %-20s %+5.1f to %+5.1f  %5.1f%% [%4.1f, %5.1f] %s",
              bin.basis(),
              bin.from(),
              bin.to(),
              100 * bin.own().value(),
              100 * bin.own().low(),
              100 * bin.own().high(),
              "█".repeat((int) Math.round(BAR * bin.own().value()))));
    }
  }

  private static String written(Optional<Estimate> estimate) {
    return estimate
        .map(each ->
            each.hasInterval()
                ? String.format(
                    Locale.ROOT, "%.2f [%.2f, %.2f]", each.value(), each.low(), each.high())
                : String.format(Locale.ROOT, "%.2f", each.value()))
        .orElse("no fit: separated");
  }
}
