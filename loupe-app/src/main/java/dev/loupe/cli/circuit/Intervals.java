package dev.loupe.cli.circuit;

import dev.loupe.statistics.Estimate;
import java.util.Locale;

/** A figure with its interval. */
final class Intervals {
  private Intervals() {}

  static String of(Estimate value) {
    return value.hasInterval()
        ? String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", value.value(), value.low(), value.high())
        : String.format(Locale.ROOT, "%.3f", value.value());
  }
}
