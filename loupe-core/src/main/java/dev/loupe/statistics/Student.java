package dev.loupe.statistics;

/** Student's distribution, for means of few clusters. */
public final class Student {
  private Student() {}

  /** The t for which {@code level} of the distribution lies within −t and t. */
  public static double twoSided(double level, double degreesOfFreedom) {
    return Beta.studentTwoSided(level, degreesOfFreedom);
  }

  /** The probability of a value at least as far from zero as t. */
  public static double twoSidedP(double t, double degreesOfFreedom) {
    return Beta.studentTwoSidedP(t, degreesOfFreedom);
  }
}
