package dev.loupe.instrument.geometry;

import dev.loupe.geometry.Correlations;
import dev.loupe.geometry.Cosines;
import dev.loupe.geometry.SimilarityMatrix;
import dev.loupe.geometry.Splitting;
import dev.loupe.instrument.geometry.SplitFeatures.Member;
import dev.loupe.instrument.geometry.SplitReport.Tie;
import dev.loupe.tensor.NativeScope;

/**
 * How the features of one dictionary are tied to those of another: to the nearest by direction and
 * to the best by activation.
 *
 * @param near the nearest by direction
 * @param like the best by activation
 * @param nearTies to the nearest, {@code [features]}
 * @param likeTies to the best by activation, {@code [features]}
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
record Links(Splitting near, Splitting like, Tie[] nearTies, Tie[] likeTies) {
  /** From this correlation on a child hangs below a parent by what it does. */
  static final double ALIKE = 0.5;

  static Links of(Member from, Member to) {
    Correlations correlations = Correlations.of(from.table(), to.table());
    Splitting like = Splitting.of(correlations);
    try (var _ = NativeScope.open()) {
      Cosines cosines = Cosines.of(from.directions(), to.directions());
      Splitting near = Splitting.of(cosines);
      return new Links(
          near,
          like,
          ties(near.cosines(), at(correlations, near.parents()), correlations, near.parents()),
          ties(at(cosines, like.parents()), like.cosines(), correlations, like.parents()));
    }
  }

  private static double[] at(SimilarityMatrix matrix, int... columns) {
    double[] values = new double[columns.length];
    matrix.forEachRow((row, all) -> values[row] = all[columns[row]]);
    return values;
  }

  private static Tie[] ties(
      double[] cosines, double[] correlations, Correlations activity, int... parents) {
    double[] overlaps = activity.containment(parents);
    Tie[] ties = new Tie[parents.length];
    for (int i = 0; i < ties.length; i++) {
      ties[i] = new Tie(cosines[i], correlations[i], overlaps[i]);
    }
    return ties;
  }

  /** How any two features are tied. */
  static Tie between(Member from, int child, Member to, int parent) {
    Correlations activity =
        Correlations.of(from.table().keeping(child), to.table().keeping(parent));
    try (var _ = NativeScope.open()) {
      Cosines cosines =
          Cosines.of(
              from.directions().slice(0, child, child + 1L),
              to.directions().slice(0, parent, parent + 1L));
      return new Tie(at(cosines, 0)[0], at(activity, 0)[0], activity.containment(new int[1])[0]);
    }
  }

  /** The best figures of a feature, each with the partner of its own measure. */
  Tie best(int place) {
    return new Tie(
        nearTies[place].cosine(), likeTies[place].correlation(), likeTies[place].overlap());
  }

  /** Whether a feature hangs below another by its direction. */
  boolean nearest(int child, int parent) {
    return near.parents()[child] == parent && nearTies[child].cosine() >= SplitFeatures.PARENT;
  }

  /** Whether a feature hangs below another by what it does. */
  boolean alike(int child, int parent) {
    return like.parents()[child] == parent && likeTies[child].correlation() >= ALIKE;
  }
}
