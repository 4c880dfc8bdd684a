package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.examination.ConceptFeatures;
import dev.loupe.examination.ConceptsReport;
import dev.loupe.examination.ConceptsRequest;
import dev.loupe.examination.ExaminationRequest;
import dev.loupe.instrument.Subject;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe features concepts}. */
@Command(
    name = "concepts",
    header = "Measure how features hold concepts whose truth is known.",
    description = {
      "",
      "On text of the Almanac that neither model nor dictionary has read: absorption (do features of single words take"
          + " over where the features of their kind are silent? Chanin et al. 2024), and features that fire on a theme"
          + " both as a principle and where events or code show it, beside permuted themes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features concepts --basis almanac-sae-512 --with almanac-sae-2048,almanac-sae-8192",
      "  loupe features concepts --basis almanac-sae-2048 --each 32 --json concepts.json"
    })
public final class FeaturesConceptsCommand extends BasisCommand<ConceptsRequest, ConceptsReport> {
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
          "Draw at most this many words from each quarter of a decade of frequency (default: ${DEFAULT-VALUE}).")
  private int concepts = 60;

  @Option(
      names = "--each",
      paramLabel = "COUNT",
      order = 14,
      description = "Read at most about this many occurrences of each (default: ${DEFAULT-VALUE}).")
  private int each = 16;

  @Option(
      names = "--permutations",
      paramLabel = "COUNT",
      order = 15,
      description =
          "Let the themes of concrete documents change places this often (default: ${DEFAULT-VALUE}).")
  private int permutations = 1000;

  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();

  FeaturesConceptsCommand(Terminal terminal) {
    super(new ConceptFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
  }

  @Override
  protected ConceptsRequest request(Subject subject) {
    OtherDictionaries others = new OtherDictionaries(subject.weights(), this::atEnd);
    return new ConceptsRequest(
        world, scale, with.stream().map(others::open).toList(), concepts, each, permutations);
  }

  @Override
  protected void show(Finding<ConceptsReport> finding, SummaryLines lines) {
    ConceptsReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.line(
        Style.DIM,
        String.format(
            Locale.ROOT,
            "%,d words on %,d positions; kinds that could not be judged: %s",
            report.words(),
            report.positions(),
            report.unclear().isEmpty() ? "none" : String.join(", ", report.unclear())));
    for (ConceptsReport.Holding holding : report.dictionaries()) {
      lines.heading(
          holding.basis(),
          "absorption: kind, words, F1 of its own features, silent, fraction, full");
      for (ConceptsReport.Kind kind : holding.absorption()) {
        lines.row(
            String.format(
                Locale.ROOT,
                "  %-11s %3d  %.2f  %s  %s  %s",
                kind.kind(),
                kind.words(),
                kind.ownF1(),
                share(kind.silent()),
                share(kind.fraction()),
                share(kind.full())));
      }
      lines.row("  mean over kinds " + " ".repeat(24) + share(holding.meanFraction()));
      lines.row("  words dealt at random " + " ".repeat(18) + share(holding.fractionByChance()));
      for (ConceptsReport.Theme theme : holding.themes()) {
        lines.row(
            String.format(
                Locale.ROOT,
                "  %-22s %d abstract, %d concrete: %d and %d features, both %d, %s",
                theme.theme(),
                theme.abstracts(),
                theme.concretes(),
                theme.onAbstract(),
                theme.onConcrete(),
                theme.both().size(),
                share(theme.share())));
      }
      lines.row(
          String.format(
              Locale.ROOT,
              "  on both, all themes: %d; themes permuted %.2f, p = %.4f",
              holding.both(),
              holding.bothByChance(),
              holding.p()));
    }
  }

  private static String share(Estimate share) {
    if (Double.isNaN(share.value())) {
      return "cannot be measured";
    }
    return share.hasInterval()
        ? String.format(
            Locale.ROOT,
            "%5.1f%% [%4.1f, %5.1f]",
            100 * share.value(),
            100 * share.low(),
            100 * share.high())
        : String.format(Locale.ROOT, "%5.1f%%               ", 100 * share.value());
  }
}
