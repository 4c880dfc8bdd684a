package dev.loupe.cli.features;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.features.FeatureDashboard;
import dev.loupe.instrument.features.FeatureId;
import dev.loupe.instrument.features.FeatureJson;
import dev.loupe.instrument.features.FeatureStore;
import dev.loupe.instrument.features.FeatureSubject;
import dev.loupe.report.HtmlPage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe features show}. */
@Command(
    name = "show",
    header = "Show features from all sides: examples, effects, neighbours.",
    description = {
      "",
      "The evidence below says how it was checked: the strongest example is read again by the model, as it is and"
          + " with the feature ablated."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features show 2/141 --store store --model almanac-3m",
      "  loupe features show 2/141 2/145 3/7 --store store --model almanac-3m --html features.html",
      "  loupe features show 2/141 --store store --model almanac-3m --json -"
    })
public final class FeaturesShowCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      arity = "1..*",
      paramLabel = "LAYER/FEATURE",
      description = "Features, for example 2/141.")
  private List<String> features = List.of();

  @Mixin private final StoreOption store = new StoreOption();
  @Mixin private final SubjectOptions subject = new SubjectOptions();

  @Option(
      names = "--top",
      paramLabel = "COUNT",
      order = 30,
      converter = OptionConverters.Count.class,
      description = "Examples to print of each group (default: ${DEFAULT-VALUE}).")
  private int top = 5;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      converter = OptionConverters.Output.class,
      order = 710,
      description = "Write a dashboard as one self-contained page.")
  private Optional<ResultFile> html = Optional.empty();

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  FeaturesShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<FeatureId> ids = features.stream().map(FeatureId::parse).toList();
    return subject.with(new ModelAccess(terminal), engine, with -> show(with, ids)).number();
  }

  private ExitCode show(FeatureSubject with, List<FeatureId> ids) {
    try (FeatureStore opened = store.open(with)) {
      FeatureDashboard dashboard = FeatureDashboard.of(with, opened, ids);
      if (!json.takesStandardOutput()) {
        FeatureView.of(dashboard, top, terminal).forEach(terminal.out()::println);
      }
      if (json.isWanted() || html.isPresent()) {
        String text = FeatureJson.of(dashboard);
        json.write(terminal, text);
        html.ifPresent(file -> HtmlPage.write(file.path(), text));
      }
      return ExitCode.of(
          dashboard.features().stream().flatMap(each -> each.evidence().stream()).toList());
    }
  }
}
