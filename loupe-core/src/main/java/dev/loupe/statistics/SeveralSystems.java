package dev.loupe.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;

/**
 * Several systems on the same items: whether they differ at all (Cochran 1950), and which pairs do,
 * the p-values adjusted by Holm.
 *
 * @param items how many
 * @param totals successes of each system
 * @param cochranQ NaN when no item tells the systems apart
 * @param p of Cochran's Q, 1 then
 * @param pairs every pair of systems
 */
public record SeveralSystems(
    int items, List<Counts> totals, double cochranQ, double p, List<Pair> pairs) {

  /**
   * Two of the systems.
   *
   * @param first its number
   * @param second its number, greater
   * @param outcomes of both
   * @param difference with Newcombe's interval for pairs (method 10)
   * @param p exact, of McNemar
   * @param adjustedP the same by Holm over all pairs
   */
  public record Pair(
      int first, int second, Pairs outcomes, Estimate difference, double p, double adjustedP) {}

  public SeveralSystems {
    totals = List.copyOf(totals);
    pairs = List.copyOf(pairs);
  }

  /**
   * Compares them.
   *
   * @param outcomes {@code [items, systems]}, whether a system succeeded at an item
   * @throws IllegalArgumentException if there is no item, fewer than two systems, or rows differ
   */
  public static SeveralSystems of(boolean[][] outcomes, double level) {
    TwoSampleTest.Result all = cochran(outcomes);
    int items = outcomes.length;
    int systems = outcomes[0].length;
    long[] totals = new long[systems];
    for (boolean[] row : outcomes) {
      for (int system = 0; system < systems; system++) {
        totals[system] += row[system] ? 1 : 0;
      }
    }
    return new SeveralSystems(
        items,
        Arrays.stream(totals).mapToObj(total -> new Counts(total, items)).toList(),
        all.statistic(),
        all.p(),
        pairs(outcomes, systems, level));
  }

  /**
   * Cochran's Q: whether the systems differ at all; NaN and p = 1 where no item tells them apart.
   *
   * @param outcomes {@code [items, systems]}
   * @throws IllegalArgumentException if there is no item, fewer than two systems, or rows differ
   */
  public static TwoSampleTest.Result cochran(boolean[][] outcomes) {
    int systems = outcomes.length == 0 ? 0 : outcomes[0].length;
    if (systems < 2 || Arrays.stream(outcomes).anyMatch(row -> row.length != systems)) {
      throw new IllegalArgumentException(outcomes.length + " items of " + systems + " systems");
    }
    double[] totals = new double[systems];
    double sum = 0;
    double squaresOfItems = 0;
    for (boolean[] row : outcomes) {
      double ofItem = 0;
      for (int system = 0; system < systems; system++) {
        totals[system] += row[system] ? 1 : 0;
        ofItem += row[system] ? 1 : 0;
      }
      sum += ofItem;
      squaresOfItems += ofItem * ofItem;
    }
    double squares = Arrays.stream(totals).map(total -> total * total).sum();
    double below = systems * sum - squaresOfItems;
    if (!(below > 0)) {
      return new TwoSampleTest.Result(Double.NaN, 1);
    }
    double q = (systems - 1) * (systems * squares - sum * sum) / below;
    return new TwoSampleTest.Result(
        q, ChiSquaredDistribution.of(systems - 1.0).survivalProbability(q));
  }

  private static List<Pair> pairs(boolean[][] outcomes, int systems, double level) {
    List<Pairs> counted = new ArrayList<>();
    for (int i = 0; i < systems; i++) {
      for (int j = i + 1; j < systems; j++) {
        counted.add(count(outcomes, i, j));
      }
    }
    double[] adjusted = AdjustedP.HOLM.of(counted.stream().mapToDouble(McNemar::exact).toArray());
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < systems; i++) {
      for (int j = i + 1; j < systems; j++) {
        int at = pairs.size();
        Pairs both = counted.get(at);
        pairs.add(
            new Pair(
                i,
                j,
                both,
                PairedInterval.NEWCOMBE_10.estimate(both, level),
                McNemar.exact(both),
                adjusted[at]));
      }
    }
    return pairs;
  }

  private static Pairs count(boolean[][] outcomes, int first, int second) {
    long[] cells = new long[4];
    for (boolean[] row : outcomes) {
      cells[(row[first] ? 0 : 2) + (row[second] ? 0 : 1)]++;
    }
    return new Pairs(cells[0], cells[1], cells[2], cells[3]);
  }

  /** The chi-squared test of equal shares as if the items of the systems were different ones. */
  public static TwoSampleTest.Result homogeneity(List<Counts> systems) {
    double successes = systems.stream().mapToDouble(Counts::successes).sum();
    double trials = systems.stream().mapToDouble(Counts::trials).sum();
    double pooled = successes / trials;
    if (successes == 0 || successes == trials) {
      return new TwoSampleTest.Result(Double.NaN, 1);
    }
    double statistic =
        systems.stream()
            .mapToDouble(each ->
                each.trials() * Math.pow(each.share() - pooled, 2) / (pooled * (1 - pooled)))
            .sum();
    return new TwoSampleTest.Result(
        statistic, ChiSquaredDistribution.of(systems.size() - 1.0).survivalProbability(statistic));
  }
}
