package dev.loupe.circuit;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sizes of circuits and areas under their curves by the rule of MIB (Mueller et al. 2025): ten
 * shares of all nodes, k = ⌊share · n⌋, and the trapezoid over the shares as asked for, on a linear
 * axis from .001 to 1.
 */
public final class Shares {
  /** Shares of all nodes. */
  public static final List<Double> MIB = List.of(.001, .002, .005, .01, .02, .05, .1, .2, .5, 1.);

  private Shares() {}

  /** The sizes, for so many nodes in all. */
  public static int[] sizes(int nodes) {
    return MIB.stream().mapToInt(share -> (int) (share * nodes)).toArray();
  }

  /**
   * CPR: the area under faithfulness. It rewards circuits that do more than the model, and is no
   * measure of error.
   */
  public static double cpr(double[] faithfulness) {
    return area(faithfulness);
  }

  /** CMD: the area between faithfulness and 1. */
  public static double cmd(double[] faithfulness) {
    return area(Arrays.stream(faithfulness).map(f -> Math.abs(1 - f)).toArray());
  }

  private static double area(double[] values) {
    double area = 0;
    for (int i = 0; i + 1 < MIB.size(); i++) {
      area += (MIB.get(i + 1) - MIB.get(i)) * (values[i] + values[i + 1]) / 2;
    }
    return area;
  }

  /** Numbers by falling score, equal scores by number. */
  public static int[] ranked(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted((a, b) -> Double.compare(scores[b], scores[a]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
