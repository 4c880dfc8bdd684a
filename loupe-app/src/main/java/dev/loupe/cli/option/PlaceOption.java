package dev.loupe.cli.option;

import dev.loupe.Loupe;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.Place;
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
    return Loupe.dictionary(name, place.map(Place::parse));
  }
}
