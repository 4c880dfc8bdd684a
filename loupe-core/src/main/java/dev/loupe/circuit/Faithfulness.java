package dev.loupe.circuit;

import dev.loupe.fault.LoupeException;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Ratio;
import java.util.Arrays;
import java.util.Locale;

/**
 * Faithfulness of circuits over some pairs: f(C) = (m(C) − m(∅)) / (m(M) − m(∅)), where each m is
 * the mean over the pairs before the quotient is formed (Marks et al. 2024, MIB). 0 for nothing and
 * 1 for the model itself; it may exceed 1 or be negative.
 *
 * @param model m(M) by pair
 * @param empty m(∅) by pair
 */
@SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
public record Faithfulness(double[] model, double[] empty) {
  /** Of the larger of |m(M)| and |m(∅)|, below which their difference divides nothing. */
  public static final double LEAST = 0.05;

  private static final double LEVEL = 0.95;

  /**
   * Checks that there is something to divide by.
   *
   * @throws LoupeException if |m(M) − m(∅)| is below {@link #LEAST} of the larger of the two
   */
  public Faithfulness {
    double all = mean(model);
    double none = mean(empty);
    if (!(Math.abs(all - none) >= LEAST * Math.max(Math.abs(all), Math.abs(none))) || all == none) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the model scores %.4f and without any node it scores %.4f: the difference is too"
                  + " small to divide by",
              all,
              none),
          "Choose another ablation (twin, mean, zero), ablate errors too, or choose a task that"
              + " the model does.");
    }
  }

  /** The mean of values by pair. */
  public static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  /** The faithfulness of a circuit with these values by pair. */
  public double of(double[] circuit) {
    return (mean(circuit) - mean(empty)) / (mean(model) - mean(empty));
  }

  /** As {@link #of}, with the interval of the bootstrap over pairs; none for one pair. */
  public Estimate estimate(double[] circuit, long seed) {
    double[] above = new double[circuit.length];
    double[] below = new double[circuit.length];
    Arrays.setAll(above, i -> circuit[i] - empty[i]);
    Arrays.setAll(below, i -> model[i] - empty[i]);
    return Ratio.bootstrap(above, below, LEVEL, seed)
        .in("faithfulness, " + circuit.length + " pairs");
  }
}
