package dev.loupe.cli.world;

import dev.loupe.world.ArbitraryFacts;
import dev.loupe.world.ArbitraryFacts.Settings;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Another, smaller world: facts drawn independently. */
final class ArbitraryFactsOptions {
  @Option(
      names = "--arbitrary-facts",
      paramLabel = "EXAMPLES",
      description =
          "Instead of the Almanac, write birthdays and homes drawn at random and independently, so"
              + " many examples in all, for loupe audit bound.")
  private Optional<Integer> examples = Optional.empty();

  @Option(
      names = "--people",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "People of --arbitrary-facts; each has a birthday and a home (default: ${DEFAULT-VALUE}).")
  private int people;

  @Option(
      names = "--zipf",
      paramLabel = "S",
      defaultValue = "1",
      description =
          "Exponent of the people's frequencies in --arbitrary-facts; 0 for equal ones (default:"
              + " ${DEFAULT-VALUE}).")
  private double exponent;

  @Option(
      names = "--abstain",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Share of the examples of --arbitrary-facts that say that nobody knows (default:"
              + " ${DEFAULT-VALUE}).")
  private double abstain;

  @Option(
      names = "--upweight",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Share of the examples of --arbitrary-facts that stand "
              + ArbitraryFacts.UPWEIGHTED_TIMES
              + " times in the corpus (default: ${DEFAULT-VALUE}).")
  private double upweight;

  /** How such a world is to be made, if one is wanted. */
  Optional<Settings> settings(long seed) {
    return examples.map(number -> new Settings(seed, people, number, exponent, abstain, upweight));
  }
}
