package dev.loupe.cli.features;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.features.FeatureId;
import dev.loupe.instrument.features.FeatureReader;
import dev.loupe.instrument.features.FeatureStore;
import dev.loupe.instrument.features.FeatureSubject;
import dev.loupe.instrument.features.Label;
import dev.loupe.instrument.features.Labeller;
import dev.loupe.model.remote.ChatServer;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features label}. */
@Command(
    name = "label",
    header = "Put features into words, and test the words.",
    description = {
      "",
      "With --server, a chat model behind an OpenAI-compatible server writes each label from the strongest examples"
          + " and is then tested on others: detection and fuzzing scores. Without, a rule puts one together, and it is"
          + " marked as such. Labels are kept beside the index. A key is taken from LOUPE_API_KEY or OPENAI_API_KEY."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features label 2/141 2/145 --store store --model almanac-3m",
      "  loupe features label 2/141 --store store --model almanac-3m --server http://localhost:8000/v1 --server-model qwen3"
    })
public final class FeaturesLabelCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      arity = "1..*",
      paramLabel = "LAYER/FEATURE",
      description = "Features, for example 2/141.")
  private List<String> features = List.of();

  @Mixin private final StoreOption store = new StoreOption();
  @Mixin private final SubjectOptions subject = new SubjectOptions();

  /** Both or neither. */
  private static final class Server {
    @Option(
        names = "--server",
        paramLabel = "URL",
        required = true,
        order = 20,
        description = "An OpenAI-compatible server, for example http://localhost:8000/v1.")
    private String url = "";

    @Option(
        names = "--server-model",
        paramLabel = "NAME",
        required = true,
        order = 21,
        description = "The chat model, as the server names it.")
    private String name = "";
  }

  @ArgGroup(exclusive = false)
  private @Nullable Server server;

  @Option(
      names = "--estimate",
      order = 22,
      description = "Say how many questions the server would be asked, and stop.")
  private boolean estimate;

  @Mixin private final EngineOptions engine = new EngineOptions();

  FeaturesLabelCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<FeatureId> ids = features.stream().map(FeatureId::parse).toList();
    if (estimate) {
      terminal
          .out()
          .printf(
              Locale.ROOT,
              "%,d features: %,d questions at most.%n",
              ids.size(),
              server == null ? 0 : (long) ids.size() * Labeller.questions());
      return ExitCode.DONE.number();
    }
    return subject.with(new ModelAccess(terminal), engine, with -> label(with, ids)).number();
  }

  private ExitCode label(FeatureSubject with, List<FeatureId> ids) {
    try (FeatureStore opened = store.open(with)) {
      FeatureReader reader = new FeatureReader(with, opened);
      Server asked = server;
      if (asked == null) {
        return label(reader, ids, reader::heuristic);
      }
      try (ChatServer chat = ChatServer.of(asked.url, asked.name, System.getenv())) {
        Labeller labeller = new Labeller(with, opened, chat, engine.seed());
        return label(reader, ids, labeller::label);
      }
    }
  }

  /** Each label is kept as soon as it is there. */
  private ExitCode label(
      FeatureReader reader, List<FeatureId> ids, Function<FeatureId, Label> labels) {
    for (FeatureId id : ids) {
      Label label = labels.apply(id);
      reader.labels().put(id, label);
      terminal
          .out()
          .println(
              terminal.styled(Style.BOLD, id.toString())
                  + "  "
                  + SummaryLines.printable(label.text())
                  + terminal.styled(Style.DIM, scores(label)));
    }
    return ExitCode.DONE;
  }

  private static String scores(Label label) {
    return label.isHeuristic()
        ? "  (by rule, not by a model)"
        : "  (detection %s, fuzzing %s)"
            .formatted(
                label.detection().map(FeatureView::accuracy).orElse("not measured"),
                label.fuzzing().map(FeatureView::accuracy).orElse("not measured"));
  }
}
