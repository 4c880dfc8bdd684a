package dev.loupe.examination;

import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Features that fire on a theme both where it is told as a principle and where events or code show
 * it. A feature fires on some documents if the share of them on which it is active anywhere is
 * larger by {@link #MORE} or more than the share of other prose. By chance: the themes of the
 * concrete documents change places, so that what all concrete documents share stays, and only what
 * belongs to a theme goes.
 *
 * @param themes each with its features
 * @param both over all themes
 * @param chance of each permutation: how many features fire on a theme's abstract documents and on
 *     those that took the place of its concrete ones
 */
record SharedMeaning(List<Theme> themes, int both, List<Integer> chance) {
  /** So much larger must the share of a theme's documents be on which a feature is active. */
  static final double MORE = 0.5;

  private static final double LEVEL = 0.95;

  /**
   * A theme.
   *
   * @param onAbstract features that fire on its abstract documents
   * @param onConcrete features that fire on its concrete ones
   * @param both features that fire on both
   */
  record Theme(
      String name, List<Integer> onAbstract, List<Integer> onConcrete, List<Integer> both) {
    /** Share of the features of the abstract documents that fire on the concrete ones too. */
    Estimate share() {
      return onAbstract.isEmpty()
          ? Estimate.exactly(Double.NaN, "no feature fires on the abstract documents")
          : Proportion.wilson(both.size(), onAbstract.size(), LEVEL);
    }
  }

  /** The share of permutations with as many, the observed one among them. */
  double p() {
    return (1.0 + chance.stream().filter(each -> each >= both).count()) / (1 + chance.size());
  }

  /** The mean over the permutations; NaN without any. */
  double meanByChance() {
    return chance.stream().mapToInt(each -> each).average().orElse(Double.NaN);
  }

  /**
   * Measures it.
   *
   * @param names of the themes
   * @param abstracts for each theme its abstract documents, each as the features active in it
   * @param concretes likewise
   * @param others prose without any of the themes
   */
  static SharedMeaning of(
      List<String> names,
      List<List<int[]>> abstracts,
      List<List<int[]>> concretes,
      List<int[]> others,
      int features,
      int permutations,
      Random random) {
    double[] usual = rates(others, features);
    List<List<Integer>> onAbstract = abstracts.stream().map(some -> firing(some, usual)).toList();
    List<List<Integer>> onConcrete = concretes.stream().map(some -> firing(some, usual)).toList();
    List<Theme> themes = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      themes.add(
          new Theme(
              names.get(i),
              onAbstract.get(i),
              onConcrete.get(i),
              both(onAbstract.get(i), onConcrete.get(i))));
    }
    List<int[]> pool = new ArrayList<>(concretes.stream().flatMap(List::stream).toList());
    List<Integer> chance = new ArrayList<>();
    for (int draw = 0; draw < permutations; draw++) {
      Collections.shuffle(pool, random);
      int from = 0;
      int found = 0;
      for (int i = 0; i < names.size(); i++) {
        int to = from + concretes.get(i).size();
        found += both(onAbstract.get(i), firing(pool.subList(from, to), usual)).size();
        from = to;
      }
      chance.add(found);
    }
    return new SharedMeaning(
        themes, themes.stream().mapToInt(theme -> theme.both().size()).sum(), chance);
  }

  private static double[] rates(List<int[]> documents, int features) {
    double[] rates = new double[features];
    for (int[] active : documents) {
      for (int feature : active) {
        rates[feature] += 1.0 / documents.size();
      }
    }
    return rates;
  }

  private static List<Integer> firing(List<int[]> documents, double[] usual) {
    double[] rates = rates(documents, usual.length);
    return IntStream.range(0, usual.length)
        .filter(i -> rates[i] - usual[i] >= MORE - 1e-9)
        .boxed()
        .toList();
  }

  private static List<Integer> both(List<Integer> one, List<Integer> other) {
    return one.stream().filter(other::contains).toList();
  }
}
