package dev.loupe.statistics;

/**
 * A measured value, with an interval where there is one.
 *
 * @param value NaN where it is undefined, such as a correlation with a constant
 * @param low lower end of the interval, NaN without one
 * @param high upper end of the interval, NaN without one
 * @param level coverage of the interval, such as 0.95; NaN without one
 * @param unit what the number counts or how it was formed, such as "Spearman, 10 nodes"
 */
public record Estimate(double value, double low, double high, double level, String unit) {
  public Estimate {
    if (Double.isNaN(low) != Double.isNaN(high) || low > high) {
      throw new IllegalArgumentException("interval from " + low + " to " + high);
    }
  }

  /** A value without an interval: exact, or of unknown spread. */
  public static Estimate exactly(double value, String unit) {
    return new Estimate(value, Double.NaN, Double.NaN, Double.NaN, unit);
  }

  /** The same value in other words. */
  public Estimate in(String otherUnit) {
    return new Estimate(value, low, high, level, otherUnit);
  }

  /** Whether there is an interval. */
  public boolean hasInterval() {
    return !Double.isNaN(low);
  }
}
