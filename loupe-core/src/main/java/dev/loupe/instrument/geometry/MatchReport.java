package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which features of two dictionaries are the same.
 *
 * @param first the one dictionary
 * @param second the other
 * @param positions of text on which activations were correlated; 0 without text
 * @param least above which two features may be partners
 * @param byActivation by correlation of activations, where there was text
 * @param byCosine by direction, where both are of one model
 * @param agreement share of the first's features whose best partner is the same by both
 * @param arrangement whether partners by activation are arranged alike in their two spaces
 */
public record MatchReport(
    Side first,
    Side second,
    long positions,
    double least,
    Optional<Figures> byActivation,
    Optional<Figures> byCosine,
    Optional<Estimate> agreement,
    Optional<Arrangement> arrangement) {

  /**
   * One of the dictionaries.
   *
   * @param dead features that are never active on the text, left out
   * @param rare features that are active too seldom to be judged, left out
   * @param matched features that are left
   */
  public record Side(
      String basis,
      String model,
      List<Integer> layers,
      int features,
      int dead,
      int rare,
      int matched) {}

  /**
   * A matching by one measure.
   *
   * @param meanBest mean over the first's features of their best partner's value (many to one)
   * @param meanBestBack the same over the second's features
   * @param shares of the first's features whose best value is at least a threshold
   * @param mutual pairs that are each other's best
   * @param assigned pairs of the one-to-one assignment with the largest sum
   * @param meanAssigned that sum over the number of pairs that are possible
   * @param chance the same by chance
   * @param pairs of the assignment, the best first, as many as were asked for
   */
  public record Figures(
      double meanBest,
      double meanBestBack,
      List<Share> shares,
      int mutual,
      int assigned,
      double meanAssigned,
      Optional<Chance> chance,
      List<Pair> pairs) {}

  /**
   * The share of features at a threshold.
   *
   * @param best of features whose best partner reaches it, with Wilson's interval
   * @param assigned of features whose partner one to one reaches it
   */
  public record Share(double threshold, Estimate best, Estimate assigned) {}

  /**
   * What permuted texts, or rotated directions, give.
   *
   * @param draws how many
   * @param meanBest mean over the draws of the mean best value
   * @param meanBestDeviation its standard deviation over the draws
   * @param meanBestP {@code (1 + #{draws ≥ observed}) / (1 + draws)}
   * @param meanAssigned mean over the draws of the one-to-one assignment's mean
   * @param meanAssignedP of the assignment
   * @param significant features whose best value is above chance at 5% after Benjamini and
   *     Hochberg; empty below 100 draws, which cannot tell it
   */
  public record Chance(
      int draws,
      double meanBest,
      double meanBestDeviation,
      double meanBestP,
      double meanAssigned,
      double meanAssignedP,
      OptionalInt significant) {}

  /** Partners one to one. */
  public record Pair(FeatureId first, FeatureId second, double value) {}

  /**
   * Partners by activation as two clouds of directions.
   *
   * @param pairs features of the first with their best partner, above {@code least}
   * @param svcca mean canonical correlation of the components that hold 99% of the variance
   * @param svccaChance its mean over shuffled partners
   * @param svccaP of the shuffles
   * @param rsa Spearman's correlation of the two sides' similarities
   * @param rsaChance its mean over shuffled partners
   * @param rsaP of the shuffles
   */
  public record Arrangement(
      int pairs,
      double svcca,
      double svccaChance,
      double svccaP,
      double rsa,
      double rsaChance,
      double rsaP) {}
}
