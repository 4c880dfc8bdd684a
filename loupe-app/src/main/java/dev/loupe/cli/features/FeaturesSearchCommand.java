package dev.loupe.cli.features;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.features.FeatureJson;
import dev.loupe.instrument.features.FeatureReader;
import dev.loupe.instrument.features.FeatureSearch;
import dev.loupe.instrument.features.FeatureStore;
import dev.loupe.instrument.features.FeatureSubject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
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
    header = "Find the features that fire on a text, or have to do with a token.",
    description = {
      "",
      "A text lists the features that fire on it, the telling ones first: how near each comes to the strongest that"
          + " the index knows, times how surprising it is to see it at all. A token lists those whose strongest"
          + " examples peak on it, and those that raise its logit."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features search --text \"The capital of France is\" --store store --model almanac-3m",
      "  loupe features search --token \" Paris\" --store store --model almanac-3m --layer 3"
    })
public final class FeaturesSearchCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private @Nullable CommandSpec spec;

  /** One of the two. */
  private static final class Words {
    @Option(
        names = "--text",
        paramLabel = "TEXT",
        order = 0,
        description = "Which features fire on this text?")
    private Optional<String> text = Optional.empty();

    @Option(
        names = "--token",
        paramLabel = "TEXT",
        order = 0,
        description = "Which features have to do with this token? Leading space included.")
    private Optional<String> token = Optional.empty();
  }

  @ArgGroup(multiplicity = "1")
  private Words words = new Words();

  @Mixin private final StoreOption store = new StoreOption();
  @Mixin private final SubjectOptions subject = new SubjectOptions();

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
      description = "Features to name (default: ${DEFAULT-VALUE}).")
  private int top = 20;

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  FeaturesSearchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (words.text.isEmpty() && words.token.isEmpty()) {
      throw UsageError.of(spec, "Give --text or --token.");
    }
    return subject.with(new ModelAccess(terminal), engine, this::search).number();
  }

  private ExitCode search(FeatureSubject with) {
    try (FeatureStore opened = store.open(with)) {
      FeatureSearch search = new FeatureSearch(with, opened);
      FeatureHits hits = new FeatureHits(new FeatureReader(with, opened), terminal);
      if (words.text.isPresent()) {
        FeatureSearch.OnText found = search.onText(words.text.get(), layers, top);
        tell(hits.of(found), FeatureJson.of(found));
      } else {
        FeatureSearch.OnToken found = search.onToken(words.token.orElseThrow(), layers, top);
        tell(hits.of(found), FeatureJson.of(found));
      }
      return ExitCode.DONE;
    }
  }

  private void tell(List<String> lines, String text) {
    if (!json.takesStandardOutput()) {
      lines.forEach(terminal.out()::println);
    }
    json.write(terminal, text);
  }
}
