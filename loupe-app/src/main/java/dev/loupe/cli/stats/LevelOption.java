package dev.loupe.cli.stats;

import picocli.CommandLine.Option;

/** {@code --level}. */
final class LevelOption {
  @Option(
      names = "--level",
      paramLabel = "SHARE",
      order = 10,
      converter = StatsConverters.Inner.class,
      description = "Coverage of the intervals, such as 0.99 or 99%%. Default: 95%%.")
  private double level = 0.95;

  double value() {
    return level;
  }
}
