package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.geometry.NeighbourFeatures;
import dev.loupe.instrument.geometry.NeighboursReport;
import dev.loupe.instrument.geometry.NeighboursRequest;
import dev.loupe.report.Finding;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features neighbours}. */
@Command(
    name = "neighbours",
    header = "List the features that write in the same direction.",
    description = {
      "",
      "Compares decoder directions by their cosine, in the dictionary itself and in others of the same model. Beside each"
          + " feature stands the largest cosine after a random rotation: what the nearest of as many directions has by"
          + " chance."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features neighbours 4/12 --basis almanac-sae-512",
      "  loupe features neighbours 4/12 --basis almanac-sae-512 --with almanac-sae-2048,almanac-sae-8192"
    })
public final class FeaturesNeighboursCommand
    extends BasisCommand<NeighboursRequest, NeighboursReport> {
  @Parameters(
      arity = "1..*",
      paramLabel = "LAYER/FEATURE",
      description = "Features, for example 4/12.")
  private List<String> features = List.of();

  @Option(
      names = "--with",
      paramLabel = "BASIS",
      order = 10,
      split = ",",
      description = "Look through these dictionaries too; repeatable, or with commas.")
  private List<String> with = List.of();

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 30,
      converter = OptionConverters.Count.class,
      description = "List this many neighbours (default: ${DEFAULT-VALUE}).")
  private int top = 10;

  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();

  private List<FeatureId> ids = List.of();

  FeaturesNeighboursCommand(Terminal terminal) {
    super(new NeighbourFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
    ids = features.stream().map(FeatureId::parse).toList();
  }

  @Override
  protected NeighboursRequest request(Subject subject) {
    OtherDictionaries others = new OtherDictionaries(subject.weights(), this::atEnd);
    return new NeighboursRequest(ids, with.stream().map(others::open).toList(), top);
  }

  @Override
  protected void show(Finding<NeighboursReport> finding, SummaryLines lines) {
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    for (NeighboursReport.Neighbourhood each : finding.answer().features()) {
      lines.heading(
          "Near " + each.id(),
          String.format(
              Locale.ROOT,
              "cosine; by chance at most %.3f of %,d",
              each.chance(),
              finding.answer().searched()));
      for (NeighboursReport.Near near : each.nearest()) {
        lines.lineWithNote(
            near.cosine() > each.chance() ? Style.PLAIN : Style.DIM,
            String.format(Locale.ROOT, "  %6.3f  %-9s", near.cosine(), near.id()),
            "  " + SummaryLines.printable(near.basis()));
      }
    }
  }
}
