package dev.loupe.geometry;

import java.util.Arrays;

/**
 * How the features of a larger dictionary hang below those of a smaller one. Not a tree in truth,
 * since features split and merge: the agreements say how far it may be read as one.
 *
 * @param parents the smaller one's feature with the largest cosine, {@code [larger]}
 * @param cosines that cosine, {@code [larger]}
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
public record Splitting(int[] parents, double[] cosines) {

  /** The parents of every feature of the larger dictionary, its rows. */
  public static Splitting of(SimilarityMatrix largerBySmaller) {
    Matching matching = Matching.of(largerBySmaller, Double.POSITIVE_INFINITY);
    return new Splitting(matching.ofRows(), matching.rowValues());
  }

  /** How many features of the larger one have no parent at this cosine. */
  public int novel(double threshold) {
    return (int) Arrays.stream(cosines).filter(cosine -> cosine < threshold).count();
  }

  /** How many children each feature of the smaller one has at this cosine. */
  public int[] children(int smaller, double threshold) {
    int[] children = new int[smaller];
    for (int i = 0; i < parents.length; i++) {
      children[parents[i]] += cosines[i] >= threshold ? 1 : 0;
    }
    return children;
  }

  /** The parents' parents: {@code [larger]}, as seen through the dictionary between. */
  public int[] through(Splitting below) {
    return Arrays.stream(parents).map(parent -> below.parents[parent]).toArray();
  }

  /** The share of places at which two lists of parents are the same. */
  public static double agreement(int[] some, int[] others) {
    int same = 0;
    for (int i = 0; i < some.length; i++) {
      same += some[i] == others[i] ? 1 : 0;
    }
    return (double) same / some.length;
  }
}
