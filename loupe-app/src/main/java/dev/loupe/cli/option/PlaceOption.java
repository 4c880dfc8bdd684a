package dev.loupe.cli.option;

import static java.util.stream.Collectors.joining;

import dev.loupe.Loupe;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.Hub;
import dev.loupe.hub.Progress;
import dev.loupe.hub.ShippedModels.Shipped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --at PLACE}: the site of a dictionary whose files do not give it. */
public final class PlaceOption {
  @Option(
      names = "--at",
      paramLabel = "PLACE",
      order = 10,
      description =
          "Site where one layer reads and writes, if its files do not give it: resid_post.12, or"
              + " mlp_in.3:mlp_out.3.")
  private Optional<String> place = Optional.empty();

  /** Opens a folder, or a dictionary that comes with Loupe. */
  public Dictionary open(Path folder) {
    return open(folder.toString(), place);
  }

  /** Opens a dictionary by its name or folder; a folder of that name comes first. */
  public static Dictionary open(String name, Optional<String> place) {
    Path folder = Path.of(name);
    Optional<Place> at = place.map(Place::parse);
    return Files.exists(folder)
        ? DictionaryFiles.open(folder, at)
        : DictionaryFiles.open(shipped(name), at).called(name);
  }

  private static Path shipped(String name) {
    Hub hub = Loupe.hub(Progress.silent());
    return hub.dictionary(name)
        .orElseThrow(() ->
            LoupeException.badInput(
                name + ": no such folder, and no dictionary of that name comes with Loupe",
                "Name the folder of a dictionary, or one of: "
                    + hub.dictionaries().stream().map(Shipped::name).collect(joining(", "))
                    + "."));
  }
}
