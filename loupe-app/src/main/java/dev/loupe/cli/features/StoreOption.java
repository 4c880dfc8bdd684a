package dev.loupe.cli.features;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --store STORE}: the index that features are looked up in. */
final class StoreOption {
  @Option(
      names = {"-s", "--store"},
      paramLabel = "STORE",
      required = true,
      order = 1,
      description = "The index that 'loupe features index' made.")
  private Path store = Path.of("");

  Path path() {
    return store;
  }
}
