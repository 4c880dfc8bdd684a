package dev.loupe.cli.dictionary;

import dev.loupe.Loupe;
import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.ModelAccess;
import dev.loupe.cli.option.PlaceOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.ModelMatch;
import dev.loupe.dictionary.Place;
import dev.loupe.hub.Progress;
import dev.loupe.model.load.LanguageModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe dictionary show}. */
@Command(
    name = "show",
    header = "Describe and check a dictionary, also against its model.",
    description = {
      "",
      "Shapes, biases and thresholds are always checked; --verify reads every value. With --model,"
          + " layers, widths and the recorded hash or name must match the model's."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe dictionary show my-clt",
      "  loupe dictionary show layer_12/width_16k/average_l0_82 --at resid_post.12",
      "  loupe dictionary show my-clt --model gpt2 --verify --json -"
    })
public final class DictionaryShowCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "DIR", description = "The dictionary's folder.")
  private Path folder = Path.of("");

  @Mixin private final PlaceOption place = new PlaceOption();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      order = 20,
      description = "Check that it was made for this model: a name or a folder.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--any-name",
      order = 21,
      description = "Accept a model with another name than the dictionary records.")
  private boolean anyName;

  @Option(
      names = "--verify",
      order = 22,
      description = "Read every value; refuse infinities and NaN.")
  private boolean verify;

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  DictionaryShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Dictionary dictionary = terminal.caveats().noting(place.open(folder))) {
      if (verify) {
        dictionary.layers().forEach(layer -> dictionary.parts(layer).requireFinite());
      }
      model.ifPresent(name -> match(dictionary, name));
      if (!json.takesStandardOutput()) {
        print(dictionary);
      }
      json.write(terminal, DictionaryJson.dictionary(dictionary));
    }
    return ExitCode.DONE.number();
  }

  private void match(Dictionary dictionary, String name) {
    try (LanguageModel opened = new ModelAccess(terminal).open(name, engine)) {
      ModelMatch.require(
          dictionary,
          opened.name(),
          opened.transformer(),
          () -> Loupe.hub(Progress.silent()).identify(opened.files()).sha256(),
          anyName);
    }
  }

  private void print(Dictionary dictionary) {
    field("name", dictionary.info().name());
    field("kind", dictionary.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '));
    field("format", dictionary.info().format());
    dictionary.info().modelName().ifPresent(name -> field("trained on", name));
    dictionary.info().modelSha256().ifPresent(hash -> field("its sha256", hash));
    field("size", ProgressLine.bytes((double) dictionary.bytes()));
    terminal.out().println();
    terminal
        .out()
        .println(
            terminal.styled(
                Style.DIM, row("LAYER", "FEATURES", "TYPE", "READS", "WRITES", "ACTIVATION")));
    for (int layer : dictionary.layers()) {
      DictionaryLayer parts = dictionary.parts(layer);
      terminal
          .out()
          .println(
              row(
                  String.valueOf(layer),
                  String.format(Locale.ROOT, "%,d", parts.features()),
                  parts.encoder().tensor().dtype().name(),
                  Place.name(parts.reads()),
                  writes(parts),
                  parts.selection().label() + (parts.skip().isPresent() ? ", skip" : "")));
    }
  }

  private static String writes(DictionaryLayer parts) {
    List<String> targets =
        parts.writes().stream().map(write -> Place.name(write.target())).toList();
    return targets.size() > 2
        ? targets.getFirst() + " … " + targets.getLast()
        : targets.stream().collect(Collectors.joining(" "));
  }

  private static String row(
      String layer, String features, String type, String reads, String writes, String activation) {
    return "%5s %10s  %-4s  %-14s %-25s %s"
        .formatted(layer, features, type, reads, writes, activation);
  }

  private void field(String name, String value) {
    terminal.out().printf("%s %s%n", terminal.styled(Style.DIM, "%-13s".formatted(name)), value);
  }
}
