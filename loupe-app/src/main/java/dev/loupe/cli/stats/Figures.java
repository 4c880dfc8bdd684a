package dev.loupe.cli.stats;

import dev.loupe.statistics.Interval;
import java.util.Locale;

/** Figures as people read them. */
final class Figures {
  private static final double LEAST_P = 1e-4;

  private Figures() {}

  /** {@code 95%}, {@code 99.9%}. */
  static String level(double level) {
    String digits = String.format(Locale.ROOT, "%.8f", 100 * level);
    return digits.replaceFirst("\\.?0+$", "") + "%";
  }

  /** {@code 96.0%}; more digits where a share is small. */
  static String percent(double share) {
    double percent = 100 * share;
    boolean isFine = (Math.abs(percent) < 0.1 && percent != 0) || (percent > 99.9 && percent < 100);
    return isFine ? fine(percent) : String.format(Locale.ROOT, "%.1f%%", percent);
  }

  private static String fine(double percent) {
    return percent > 50
        ? String.format(Locale.ROOT, "%.4f%%", percent)
        : String.format(Locale.ROOT, "%.2g%%", percent);
  }

  static String percent(Interval interval) {
    return interval.isDefined()
        ? percent(interval.low()) + " to " + percent(interval.high())
        : "undefined";
  }

  /** Percentage points, always with a sign. */
  static String points(double difference) {
    return String.format(Locale.ROOT, "%+.1f", 100 * difference).replace("-0.0", "+0.0");
  }

  static String points(Interval interval) {
    return interval.isDefined()
        ? points(interval.low()) + " to " + points(interval.high())
        : "undefined";
  }

  /** Of a ratio. */
  static String ratio(double value) {
    if (Double.isInfinite(value)) {
      return "infinity";
    }
    return Double.isNaN(value) ? "undefined" : String.format(Locale.ROOT, "%.4g", value);
  }

  static String ratio(Interval interval) {
    return interval.isDefined()
        ? ratio(interval.low()) + " to " + ratio(interval.high())
        : "undefined: a count is zero";
  }

  static String p(double p) {
    return p < LEAST_P
        ? String.format(Locale.ROOT, "%.1e", p)
        : String.format(Locale.ROOT, p < 0.001 ? "%.5f" : "%.4f", p);
  }

  static String count(double count) {
    return String.format(Locale.ROOT, "%,.0f", count);
  }
}
