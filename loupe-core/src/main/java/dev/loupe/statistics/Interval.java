package dev.loupe.statistics;

/**
 * From where to where. Both ends are NaN where a method has no answer, such as the logarithm of a
 * ratio with a count of zero; an end may be infinite.
 *
 * @param low lower end
 * @param high upper end
 */
public record Interval(double low, double high) {
  private static final Interval UNDEFINED = new Interval(Double.NaN, Double.NaN);

  public Interval {
    if (Double.isNaN(low) != Double.isNaN(high) || low > high) {
      throw new IllegalArgumentException("interval from " + low + " to " + high);
    }
  }

  /** For what a method cannot say. */
  public static Interval undefined() {
    return UNDEFINED;
  }

  /** That many to each side of a value. */
  public static Interval around(double value, double half) {
    return new Interval(value - half, value + half);
  }

  /** Whether there is an interval. */
  public boolean isDefined() {
    return !Double.isNaN(low);
  }

  /** Its length. */
  public double width() {
    return high - low;
  }

  /** Whether the value lies in it, ends included. */
  public boolean contains(double value) {
    return low <= value && value <= high;
  }

  /** Cut off at both bounds. */
  public Interval within(double least, double most) {
    return isDefined()
        ? new Interval(Math.clamp(low, least, most), Math.clamp(high, least, most))
        : this;
  }

  /** Both ends through an increasing function. */
  Interval exp() {
    return new Interval(Math.exp(low), Math.exp(high));
  }

  /** The value with this interval. */
  public Estimate about(double value, double level, String unit) {
    return isDefined()
        ? new Estimate(value, low, high, level, unit)
        : Estimate.exactly(value, unit);
  }
}
