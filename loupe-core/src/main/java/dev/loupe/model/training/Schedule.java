package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;
import java.util.Locale;

/**
 * How the learning rate changes: linear warm-up, constant, then decay to a final share of its peak.
 *
 * @param warmupSteps steps until the peak
 * @param totalSteps when the decay ends
 * @param flatUntil share of all steps up to which it stays at its peak; the warm-up's end when
 *     smaller
 * @param decay the form of the decay
 * @param last share of the peak at the end
 */
public record Schedule(
    int warmupSteps, int totalSteps, double flatUntil, Decay decay, double last) {

  /** The form of the decay. */
  public enum Decay {
    COSINE,
    LINEAR
  }

  /**
   * Checks the settings.
   *
   * @throws LoupeException if one is out of range
   */
  public Schedule {
    if (totalSteps < 1 || warmupSteps < 0 || warmupSteps > totalSteps) {
      throw LoupeException.badInput(
          String.format(Locale.ROOT, "%,d warm-up steps of %,d steps", warmupSteps, totalSteps),
          "There must be at least one step and no more warm-up than steps.");
    }
    Checks.shareOrAll("the share of steps at the peak", flatUntil);
    Checks.shareOrAll("the last learning rate's share of the peak", last);
  }

  /** Warm-up, then a cosine to {@code last}. */
  public static Schedule cosine(int warmupSteps, int totalSteps, double last) {
    return new Schedule(warmupSteps, totalSteps, 0, Decay.COSINE, last);
  }

  /** The share of the peak that holds in a step, counted from 1. */
  public double factor(int step) {
    if (step <= warmupSteps) {
      return (double) step / warmupSteps;
    }
    double start = Math.max(warmupSteps, flatUntil * totalSteps);
    double done = Math.clamp((step - start) / Math.max(1, totalSteps - start), 0, 1);
    double left =
        switch (decay) {
          case COSINE -> (1 + Math.cos(Math.PI * done)) / 2;
          case LINEAR -> 1 - done;
        };
    return last + (1 - last) * left;
  }
}
