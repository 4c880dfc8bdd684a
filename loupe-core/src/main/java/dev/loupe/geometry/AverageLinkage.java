package dev.loupe.geometry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Groups by average linkage: the two that are most alike in the mean are joined, again and again.
 */
public final class AverageLinkage {
  private AverageLinkage() {}

  /**
   * Groups of numbers, of which each is in one.
   *
   * @param alike how alike two are, symmetric
   * @param least groups are joined while they are more alike than that
   */
  public static List<List<Integer>> groups(double[][] alike, double least) {
    List<List<Integer>> groups = new ArrayList<>();
    for (int i = 0; i < alike.length; i++) {
      groups.add(List.of(i));
    }
    while (joinClosest(groups, alike, least)) {
      // until no two groups are alike enough
    }
    return groups;
  }

  private static boolean joinClosest(List<List<Integer>> groups, double[][] alike, double least) {
    int first = -1;
    int second = -1;
    double best = least;
    for (int i = 0; i < groups.size(); i++) {
      for (int j = 0; j < i; j++) {
        double mean = mean(groups.get(i), groups.get(j), alike);
        if (mean > best) {
          best = mean;
          first = j;
          second = i;
        }
      }
    }
    if (first < 0) {
      return false;
    }
    List<Integer> joined = new ArrayList<>(groups.get(first));
    joined.addAll(groups.remove(second));
    joined.sort(Comparator.naturalOrder());
    groups.set(first, joined);
    return true;
  }

  private static double mean(List<Integer> some, List<Integer> others, double[][] alike) {
    double sum = 0;
    for (int i : some) {
      for (int j : others) {
        sum += alike[i][j];
      }
    }
    return sum / (some.size() * (double) others.size());
  }

  /** The cosine of two directions, 0 where one has no length. */
  public static double cosine(double[] a, double[] b) {
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * b[i];
      squareA += a[i] * a[i];
      squareB += b[i] * b[i];
    }
    return squareA == 0 || squareB == 0 ? 0 : product / Math.sqrt(squareA * squareB);
  }
}
