package dev.loupe.cli.features;

import dev.loupe.instrument.geometry.MatchRequest;
import picocli.CommandLine.Option;

/** How chance is measured, and which features are seen often enough to be judged. */
final class ChanceOptions {
  @Option(
      names = "--permutations",
      paramLabel = "COUNT",
      order = 24,
      description = "Find everything again this many times by chance (default: ${DEFAULT-VALUE}).")
  private int permutations;

  @Option(
      names = "--least-active",
      paramLabel = "COUNT",
      order = 26,
      description =
          "Judge features that are active on at least this many tokens (default: ${DEFAULT-VALUE}).")
  private int leastActive = MatchRequest.USUAL_ACTIVE;

  /**
   * With a default of its own.
   *
   * @param permutations unless asked otherwise
   */
  ChanceOptions(int permutations) {
    this.permutations = permutations;
  }

  int permutations() {
    return permutations;
  }

  int leastActive() {
    return leastActive;
  }
}
