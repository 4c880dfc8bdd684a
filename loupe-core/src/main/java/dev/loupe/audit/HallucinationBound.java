package dev.loupe.audit;

import dev.loupe.statistics.Counts;
import dev.loupe.statistics.DifferenceInterval;
import dev.loupe.statistics.Interval;

/**
 * Theorem 2 of Kalai et al. 2025 with each term: with probability of at least 99% over the facts
 * and the draws of the corpus, err ≥ sr − 2/min|E| − (35 + 6 ln N)/√N − δ. It supposes independent
 * draws and one way to write each fact.
 *
 * @param singletonRate sr, facts stated once over all examples
 * @param fewestErrors min|E|, the least number of wrong answers to a prompt
 * @param examples N
 * @param delta δ, how far the model is from calibrated at the threshold
 * @param gamma probability that the general form may fail, such as 0.01
 */
public record HallucinationBound(
    double singletonRate, long fewestErrors, long examples, double delta, double gamma) {
  private static final long MOST_EXAMPLES = 1L << 52;

  public HallucinationBound {
    if (!(singletonRate >= 0 && singletonRate <= 1)
        || fewestErrors < 1
        || examples < 1
        || !(delta >= 0 && delta <= 1)
        || !(gamma > 0 && gamma < 1)) {
      throw new IllegalArgumentException(
          "a bound of sr %s, |E| %d, N %d, delta %s, gamma %s"
              .formatted(singletonRate, fewestErrors, examples, delta, gamma));
    }
  }

  /** 2/min|E|. */
  public double errorsTerm() {
    return 2.0 / fewestErrors;
  }

  /** (35 + 6 ln N)/√N, at 99%. */
  public double deviation() {
    return (35 + 6 * Math.log((double) examples)) / Math.sqrt((double) examples);
  }

  /** 6 ln(3N/γ)/√N. */
  public double deviationAtGamma() {
    return 6 * Math.log(3.0 * examples / gamma) / Math.sqrt((double) examples);
  }

  /** What err is at least, at 99%; says nothing when it is not above 0. */
  public double lower() {
    return singletonRate - errorsTerm() - deviation() - delta;
  }

  /** The same with probability 1 − γ. */
  public double lowerAtGamma() {
    return singletonRate - errorsTerm() - deviationAtGamma() - delta;
  }

  /** Whether the lower bound says nothing at this N. */
  public boolean isVacuous() {
    return lower() <= 0;
  }

  /** What twice the error of telling valid from invalid is at least (lemma 2). */
  public double twiceValidityError() {
    return singletonRate - deviationAtGamma();
  }

  /**
   * What the error of some calibrated learner is at most, at 99%.
   *
   * @param mostErrors max|E|
   */
  public double upper(long mostErrors) {
    return singletonRate - singletonRate / (mostErrors + 1.0) + 13 / Math.sqrt((double) examples);
  }

  /** The same with probability 1 − γ. */
  public double upperAtGamma(long mostErrors) {
    return singletonRate
        - singletonRate / (mostErrors + 1.0)
        + 5 * Math.sqrt(Math.log(5 / gamma) / examples);
  }

  /**
   * How far the mass of facts never stated is from the singleton rate at most, with probability 1 −
   * γ (lemma 1).
   */
  public static double massDeviation(long examples, double gamma) {
    return 4.42 * Math.sqrt(Math.log(5 / gamma) / examples);
  }

  /** How far it is from Good and Turing's estimate (McAllester and Ortiz 2003, corollary 3). */
  public static double goodTuringDeviation(long examples, double gamma) {
    return 1.0 / examples + 2.42 * Math.sqrt(Math.log(4 / gamma) / examples);
  }

  /** The smallest N from which the 99% bound says something at δ = 0; 0 if none below 2^52. */
  public static long leastExamples(double singletonRate, long fewestErrors) {
    long low = 1;
    long high = MOST_EXAMPLES;
    if (isVacuousAt(singletonRate, fewestErrors, high)) {
      return 0;
    }
    while (low < high) {
      long middle = low + (high - low) / 2;
      if (isVacuousAt(singletonRate, fewestErrors, middle)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static boolean isVacuousAt(double singletonRate, long fewestErrors, long examples) {
    return new HallucinationBound(singletonRate, fewestErrors, examples, 0, 0.01).isVacuous();
  }

  /**
   * How far a model is from calibrated at the threshold, from samples.
   *
   * @param signed share of generated samples above the threshold less that of the training's
   * @param interval Newcombe's, of the signed one
   */
  public record Delta(double signed, Interval interval) {
    /** δ. */
    public double delta() {
      return Math.abs(signed);
    }

    /** What δ is at most, by the interval. */
    public double upper() {
      return Math.max(Math.abs(interval.low()), Math.abs(interval.high()));
    }
  }

  /** δ from training examples and the model's own samples, each above the threshold or not. */
  public static Delta delta(Counts trainingAbove, Counts generatedAbove, double level) {
    return new Delta(
        generatedAbove.share() - trainingAbove.share(),
        DifferenceInterval.NEWCOMBE.of(generatedAbove, trainingAbove, level));
  }

  /**
   * The least error of a model that cannot break a cipher (observation 2).
   *
   * @param advantage β
   * @param messages |M|, more than 1
   */
  public static double decryption(double advantage, long messages, double delta) {
    return 1 - advantage - 2.0 / (messages - 1) - delta;
  }
}
