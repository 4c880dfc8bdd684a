package dev.loupe.cli.option;

import picocli.CommandLine.Option;

/** {@code --level}. */
public final class LevelOption {
  @Option(
      names = "--level",
      paramLabel = "SHARE",
      order = 10,
      converter = OptionConverters.Inner.class,
      description = "Coverage of the intervals, such as 0.99 or 99%%. Default: 95%%.")
  private double level = 0.95;

  /** The level, between 0 and 1. */
  public double value() {
    return level;
  }
}
