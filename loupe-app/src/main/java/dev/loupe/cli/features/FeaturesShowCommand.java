package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.FeatureDashboard;
import dev.loupe.instrument.features.ShowFeatures;
import dev.loupe.instrument.features.ShowRequest;
import dev.loupe.report.Finding;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features show}. */
@Command(
    name = "show",
    header = "Show what features mean: examples, effects on logits, neighbours.",
    description = {
      "",
      "The evidence says how each feature was checked: the model reads the strongest example again, as it is and"
          + " with the feature ablated."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features show 2/141 --store store --model almanac-3m",
      "  loupe features show 2/141 2/145 3/7 --store store --model almanac-3m --html features.html",
      "  loupe features show 2/141 --store store --model almanac-3m --json -"
    })
public final class FeaturesShowCommand extends BasisCommand<ShowRequest, FeatureDashboard> {
  @Parameters(
      arity = "1..*",
      paramLabel = "LAYER/FEATURE",
      description = "Features, for example 2/141.")
  private List<String> features = List.of();

  @Mixin private final StoreOption store = new StoreOption();
  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();

  private List<FeatureId> ids = List.of();

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 30,
      converter = OptionConverters.Count.class,
      description = "Print this many examples of each group (default: ${DEFAULT-VALUE}).")
  private int top = 5;

  FeaturesShowCommand(Terminal terminal) {
    super(new ShowFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
    ids = features.stream().map(FeatureId::parse).toList();
  }

  @Override
  protected ShowRequest request(Subject subject) {
    return new ShowRequest(store.path(), ids);
  }

  @Override
  protected void show(Finding<FeatureDashboard> finding, SummaryLines lines) {
    FeatureView.show(finding.answer(), top, terminal(), lines);
  }
}
