package dev.loupe.cli;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.format.DictionaryFiles;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --at PLACE}: where a dictionary stands whose files do not say it. */
final class PlaceOption {
  @Option(
      names = "--at",
      paramLabel = "PLACE",
      order = 10,
      description =
          "Where one layer reads and writes, if its files do not say: resid_post.12, or"
              + " mlp_in.3:mlp_out.3.")
  private Optional<String> place = Optional.empty();

  /** Opens a folder. */
  Dictionary open(Path folder) {
    return DictionaryFiles.open(folder, place.map(Place::parse));
  }
}
