package dev.loupe.cli.features;

import dev.loupe.cli.option.BasisOptions;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The names that these commands had for the basis before all commands shared one. */
final class DictionaryOptions {
  @Option(
      names = {"-d", "--dictionary"},
      paramLabel = "DIR",
      order = 7,
      description = "The same as --basis.")
  private Optional<String> dictionary = Optional.empty();

  @Option(names = "--at", paramLabel = "PLACE", order = 8, description = "The same as --basis-at.")
  private Optional<String> at = Optional.empty();

  void into(BasisOptions basis) {
    basis.also(dictionary, at);
  }
}
