package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.features.Label;
import dev.loupe.instrument.features.LabelFeatures;
import dev.loupe.instrument.features.LabelReport;
import dev.loupe.instrument.features.LabelReport.Labelled;
import dev.loupe.instrument.features.LabelRequest;
import dev.loupe.report.Finding;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features label}. */
@Command(
    name = "label",
    header = "Describe features in words, and score the descriptions.",
    description = {
      "",
      "With --server, a chat model behind an OpenAI-compatible server writes each label from the strongest examples"
          + " and is then scored on other texts (detection and fuzzing). Without it, a rule composes a label, which is"
          + " marked as such and not scored. Labels are stored beside the index. The API key is read from LOUPE_API_KEY"
          + " or OPENAI_API_KEY."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features label 2/141 2/145 --store store --model almanac-3m",
      "  loupe features label 2/141 --store store --model almanac-3m --server http://localhost:8000/v1 --server-model qwen3"
    })
public final class FeaturesLabelCommand extends BasisCommand<LabelRequest, LabelReport> {
  @Parameters(
      arity = "1..*",
      paramLabel = "LAYER/FEATURE",
      description = "Features, for example 2/141.")
  private List<String> features = List.of();

  @Mixin private final StoreOption store = new StoreOption();
  @Mixin private final DictionaryOptions dictionary = new DictionaryOptions();

  private List<FeatureId> ids = List.of();

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

  FeaturesLabelCommand(Terminal terminal) {
    super(new LabelFeatures(), terminal);
  }

  @Override
  protected void read() {
    dictionary.into(basis());
    ids = features.stream().map(FeatureId::parse).toList();
  }

  @Override
  protected LabelRequest request(Subject subject) {
    Optional<Server> asked = Optional.ofNullable(server);
    return new LabelRequest(
        store.path(), ids, asked.map(each -> new LabelRequest.Server(each.url, each.name)));
  }

  @Override
  protected void showEarly(Object part, SummaryLines lines) {
    if (part instanceof Labelled one) {
      lines.lineWithNote(
          Style.BOLD,
          one.id() + "  " + SummaryLines.printable(one.label().text()),
          scores(one.label()));
    }
  }

  /** The labels have been shown one by one. */
  @Override
  protected void show(Finding<LabelReport> finding, SummaryLines lines) {}

  private static String scores(Label label) {
    return label.isHeuristic()
        ? "  (by rule, not by a model)"
        : "  (detection %s, fuzzing %s)"
            .formatted(
                label.detection().map(FeatureView::accuracy).orElse("not measured"),
                label.fuzzing().map(FeatureView::accuracy).orElse("not measured"));
  }
}
