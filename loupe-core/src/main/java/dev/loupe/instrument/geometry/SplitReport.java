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
 * @param families the smallest dictionary's features with the most descendants
 */
public record SplitReport(
    long positions,
    List<Level> levels,
    List<Level> baselines,
    List<Grandparents> grandparents,
    List<Branch> families) {

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
   * @param cosine with the parent; 1 for the first
   * @param frequency share of positions on which it is active
   * @param peak the token on which it is most active, with what stands before it
   * @param children in the next larger dictionary, at a cosine of 0.7 or more, the nearest first
   */
  public record Branch(
      String basis,
      FeatureId id,
      double cosine,
      double frequency,
      String peak,
      List<Branch> children) {}
}
