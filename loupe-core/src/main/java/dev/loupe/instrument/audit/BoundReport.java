package dev.loupe.instrument.audit;

import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * The bounds of Kalai et al. 2025 and of Miao and Kearns 2025 beside what a model does.
 *
 * @param model its name
 * @param relations each by itself
 */
public record BoundReport(String model, List<Relation> relations) {
  public BoundReport {
    relations = List.copyOf(relations);
  }

  /**
   * One relation. Estimates are means over prompts drawn by their frequency, with the normal
   * distribution's interval of the draws.
   *
   * @param prompts drawn
   * @param wrongAnswers |E|
   * @param examples N, of the corpus
   * @param error err: probability of a wrong answer at temperature 1
   * @param validityError err_iiv, at the threshold 1/|E|
   * @param validTerm max|V|/|E|
   * @param modelAbove p̂(A)
   * @param trainingAbove p(A)
   * @param delta δ, p̂(A) − p(A), whose size counts
   * @param theorem1 2·err_iiv − max|V|/|E| − δ, what err is at least
   * @param slack err less that
   * @param singletonRate facts stated once over all examples
   * @param esty its interval
   * @param missingMass probability of a fact that the corpus never states, which the singleton rate
   *     estimates
   * @param theorem2Lower sr − 2/|E| − (35 + 6 ln N)/√N − δ
   * @param theorem2Upper what the error of some calibrated model is at most
   * @param miscalibration bin-wise Kullback-Leibler divergence of p from p̂, nats
   * @param miscalibrationVariation bin-wise total variation of the same
   * @param monofactBound sr − miscalibration
   * @param byCount error by how often the fact is stated
   * @param otherMass probability of texts that are no answer at all, before it is divided out
   */
  public record Relation(
      String name,
      int prompts,
      int wrongAnswers,
      long examples,
      Estimate error,
      Estimate validityError,
      double validTerm,
      double modelAbove,
      double trainingAbove,
      Estimate delta,
      double theorem1,
      double slack,
      double singletonRate,
      Estimate esty,
      double missingMass,
      double theorem2Lower,
      double theorem2Upper,
      double miscalibration,
      double miscalibrationVariation,
      double monofactBound,
      List<ByCount> byCount,
      double otherMass) {
    public Relation {
      byCount = List.copyOf(byCount);
    }
  }

  /**
   * Prompts whose fact the corpus states so often.
   *
   * @param least examples
   * @param most examples
   * @param prompts distinct ones that were drawn
   * @param error mean probability of a wrong answer, each distinct prompt once
   */
  public record ByCount(int least, int most, int prompts, Estimate error) {}
}
