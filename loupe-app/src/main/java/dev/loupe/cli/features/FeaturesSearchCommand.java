package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.SearchFeatures;
import dev.loupe.instrument.features.SearchReport;
import dev.loupe.instrument.features.SearchRequest;
import dev.loupe.report.Finding;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code loupe features search}. */
@Command(
    name = "search",
    header = "Find the features that are active on a text, or related to a token.",
    description = {
      "",
      "With --text, lists the features that are active on the text, the most informative first: by activation relative"
          + " to the largest in the index, times -ln of the feature's frequency. With --token, lists the features whose"
          + " strongest examples peak on the token, and those that raise its logit."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features search --text \"The capital of France is\" --store store --model almanac-3m",
      "  loupe features search --token \" Paris\" --store store --model almanac-3m --layer 3"
    })
public final class FeaturesSearchCommand extends BasisCommand<SearchRequest, SearchReport> {
  @Spec private @Nullable CommandSpec spec;

  /** One of the two. */
  private static final class Words {
    @Option(
        names = "--text",
        paramLabel = "TEXT",
        order = 0,
        description = "Find features that are active on this text.")
    private Optional<String> text = Optional.empty();

    @Option(
        names = "--token",
        paramLabel = "TEXT",
        order = 0,
        description = "Find features related to this token, leading space included.")
    private Optional<String> token = Optional.empty();
  }

  @ArgGroup(multiplicity = "1")
  private Words words = new Words();

  @Mixin private final StoreOption store = new StoreOption();
  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      order = 22,
      split = ",",
      description = "Look at this layer; repeatable, or with commas (default: all indexed).")
  private List<Integer> layers = List.of();

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 30,
      converter = OptionConverters.Count.class,
      description = "List this many features (default: ${DEFAULT-VALUE}).")
  private int top = 20;

  FeaturesSearchCommand(Terminal terminal) {
    super(new SearchFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
    if (words.text.isEmpty() && words.token.isEmpty()) {
      throw UsageError.of(spec, "Give --text or --token.");
    }
  }

  @Override
  protected SearchRequest request(Subject subject) {
    return new SearchRequest(store.path(), words.text, words.token, layers, top);
  }

  @Override
  protected void show(Finding<SearchReport> finding, SummaryLines lines) {
    FeatureHits hits = new FeatureHits(lines);
    finding.answer().onText().ifPresent(hits::show);
    finding.answer().onToken().ifPresent(hits::show);
  }
}
