package dev.loupe.statistics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * P-values of several comparisons, adjusted for their number: each is compared with the level that
 * a single one would have been. {@link #HOLM} keeps the probability of any false finding, {@link
 * #BENJAMINI_HOCHBERG} the expected share of false ones among the findings.
 */
public enum AdjustedP {
  /** Any false finding, whatever the dependence (Holm 1979); never worse than Bonferroni. */
  HOLM("Holm"),
  /** The share of false findings, for independent or positively dependent tests (1995). */
  BENJAMINI_HOCHBERG("Benjamini-Hochberg"),
  /** The share of false findings, whatever the dependence (Benjamini and Yekutieli 2001). */
  BENJAMINI_YEKUTIELI("Benjamini-Yekutieli"),
  /** Each times their number. */
  BONFERRONI("Bonferroni");

  private final String label;

  AdjustedP(String label) {
    this.label = label;
  }

  /** Its name for people. */
  public String label() {
    return label;
  }

  /**
   * The adjusted values, in the order of the given ones.
   *
   * @throws IllegalArgumentException if one is not from 0 to 1
   */
  public double[] of(double... p) {
    for (double each : p) {
      if (!(each >= 0 && each <= 1)) {
        throw new IllegalArgumentException("a p-value of " + each);
      }
    }
    return switch (this) {
      case HOLM -> holm(p);
      case BENJAMINI_HOCHBERG -> stepUp(p, p.length);
      case BENJAMINI_YEKUTIELI ->
          stepUp(p, p.length * IntStream.rangeClosed(1, p.length).mapToDouble(k -> 1.0 / k).sum());
      case BONFERRONI -> Arrays.stream(p).map(each -> Math.min(1, each * p.length)).toArray();
    };
  }

  private static double[] holm(double[] p) {
    int[] order = order(p);
    double[] adjusted = new double[p.length];
    double greatest = 0;
    for (int k = 0; k < p.length; k++) {
      greatest = Math.max(greatest, Math.min(1, (p.length - k) * p[order[k]]));
      adjusted[order[k]] = greatest;
    }
    return adjusted;
  }

  private static double[] stepUp(double[] p, double factor) {
    int[] order = order(p);
    double[] adjusted = new double[p.length];
    double least = 1;
    for (int k = p.length - 1; k >= 0; k--) {
      least = Math.min(least, p[order[k]] * factor / (k + 1));
      adjusted[order[k]] = least;
    }
    return adjusted;
  }

  private static int[] order(double[] p) {
    return IntStream.range(0, p.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> p[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
