package dev.loupe.audit;

import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Normal;
import java.util.OptionalDouble;

/**
 * The mean score under a confidence target. Scores have three values, so its interval is not
 * Wilson's: standard errors of the mean to each side, of the normal distribution, or of Student's
 * where answers come in clusters.
 *
 * @param target t; 0 is binary grading
 * @param penalty t/(1 − t), what a wrong answer costs
 * @param score mean of 1, −penalty and 0
 * @param standardError of the mean, n − 1 in the variance; NaN for one answer
 * @param interval undefined for one answer
 */
public record TargetScore(
    double target, double penalty, double score, double standardError, Interval interval) {

  /**
   * What a wrong answer costs, t/(1 − t). Kalai et al. 2025 (v1) print 2 for t = 0.75; it is 3, and
   * 2 belongs to t = 2/3.
   *
   * @throws IllegalArgumentException if the target is not from 0 to below 1
   */
  public static double penalty(double target) {
    if (!(target >= 0 && target < 1)) {
      throw new IllegalArgumentException("target " + target + " is not from 0 to below 1");
    }
    return target / (1 - target);
  }

  /**
   * Of independent answers.
   *
   * @throws IllegalArgumentException if there is no answer
   */
  public static TargetScore of(GradeCounts counts, double target, double level) {
    double penalty = penalty(target);
    double n = counts.answers();
    if (n == 0) {
      throw new IllegalArgumentException("the score of no answer");
    }
    double mean = (counts.right() - penalty * counts.wrong()) / n;
    double nothing = n - counts.right() - counts.wrong();
    double squares =
        counts.right() * square(1 - mean)
            + counts.wrong() * square(-penalty - mean)
            + nothing * square(mean);
    return new TargetScore(
            target, penalty, mean, Math.sqrt(squares / (n - 1) / n), Interval.undefined())
        .around(Normal.twoSided(level));
  }

  /**
   * With a standard error from elsewhere, such as a clustered one.
   *
   * @param factor standard errors to each side
   */
  static TargetScore of(double target, double score, double standardError, double factor) {
    return new TargetScore(target, penalty(target), score, standardError, Interval.undefined())
        .around(factor);
  }

  private TargetScore around(double factor) {
    if (Double.isNaN(standardError)) {
      return this;
    }
    double half = factor * standardError;
    return new TargetScore(
        target, penalty, score, standardError, new Interval(score - half, score + half));
  }

  private static double square(double value) {
    return value * value;
  }

  /**
   * The target at which two systems score the same, from t/(1 − t) = Δright/Δwrong; empty if one of
   * them is ahead at every target, or both are equal.
   */
  public static OptionalDouble breakEven(GradeCounts first, GradeCounts second) {
    double right =
        first.right() / (double) first.answers() - second.right() / (double) second.answers();
    double wrong =
        first.wrong() / (double) first.answers() - second.wrong() / (double) second.answers();
    double odds = right / wrong;
    return wrong == 0 || odds < 0 || Double.isNaN(odds)
        ? OptionalDouble.empty()
        : OptionalDouble.of(odds / (1 + odds));
  }
}
