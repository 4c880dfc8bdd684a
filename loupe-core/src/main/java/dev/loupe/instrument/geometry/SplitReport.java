package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;

/**
 * How features split from one size of dictionary to the next. Not a tree in truth, since features
 * split and merge: the agreements say how far it may be read as one.
 *
 * @param positions of text on which activations were compared
 * @param levels each size beside the next smaller one
 * @param baselines each dictionary of another seed beside the one of its size
 * @param grandparents how far two steps agree with one
 * @param concepts the words that trees were asked for
 * @param treePositions of text on which the trees were measured
 * @param trees features of the smallest dictionary with what hangs below them: those that tell the
 *     words best, or without words those with the most children
 */
public record SplitReport(
    long positions,
    List<Level> levels,
    List<Level> baselines,
    List<Grandparents> grandparents,
    List<Concept> concepts,
    long treePositions,
    List<Branch> trees) {

  /**
   * A word that trees were asked for.
   *
   * @param occurrences in the text on which the trees were measured
   * @param best the feature of each size that tells it best, the smallest dictionary first
   */
  public record Concept(String word, int occurrences, List<Telling> best) {}

  /** The feature of a dictionary that tells a word best. */
  public record Telling(String basis, FeatureId id, double f1) {}

  /**
   * One dictionary below another.
   *
   * @param smaller where the parents are
   * @param larger where the children are
   * @param parents features of the smaller one that could be judged
   * @param children features of the larger one that could be judged
   * @param novel share of children without a parent at a cosine
   * @param stitched share of children that lower the smaller one's squared error when they are
   *     added to its reconstruction; empty where the dictionaries do not rebuild what they read
   * @param split share of parents with two children or more at a cosine of 0.7
   * @param sameParent share of children whose parent is the same by cosine and by correlation
   * @param contained mean over children of P(parent active | child active)
   * @param containedByChance the same with whole texts permuted; NaN without permutations
   */
  public record Level(
      String smaller,
      String larger,
      int parents,
      int children,
      List<Novel> novel,
      Optional<Estimate> stitched,
      Estimate split,
      Estimate sameParent,
      double contained,
      double containedByChance) {}

  /** Children whose nearest parent is below a cosine. */
  public record Novel(double threshold, Estimate share) {}

  /**
   * Whether the nearest feature two sizes below is the parent's parent.
   *
   * @param agree share of the largest one's features
   */
  public record Grandparents(String smallest, String middle, String largest, Estimate agree) {}

  /**
   * A feature and what hangs below it.
   *
   * @param basis its dictionary
   * @param fires the words that it tells, the best first: those at an F1 of 0.2 or more
   * @param frequency share of positions on which it is active
   * @param peak the token on which it is most active, with what stands before it
   * @param parent how it is tied to the feature above it; empty for the first
   * @param otherSeed how it is tied to its own like in a dictionary of the same size from another
   *     seed: what a tie is worth without any difference in size; empty without such a dictionary
   * @param children in the next larger dictionary: features whose nearest parent by direction is
   *     this one at a cosine of 0.7 or more, or whose best by activation at a correlation of 0.5 or
   *     more, or the one that tells a word best that this one tells best; the best correlated first
   * @param more children that are not told
   */
  public record Branch(
      String basis,
      FeatureId id,
      List<Fires> fires,
      double frequency,
      String peak,
      Optional<Tie> parent,
      Optional<Tie> otherSeed,
      List<Branch> children,
      int more) {}

  /** How well "this feature is active" tells a word from all other positions. */
  public record Fires(String word, double f1) {}

  /**
   * How a feature is tied to one of another dictionary; with another seed's, each figure is that of
   * the best partner by its own measure.
   *
   * @param cosine of the decoder directions
   * @param correlation of the activations
   * @param overlap P(the other one active | this one active); with another seed's, of the best
   *     correlated one
   */
  public record Tie(double cosine, double correlation, double overlap) {}
}
