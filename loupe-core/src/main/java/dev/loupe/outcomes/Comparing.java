package dev.loupe.outcomes;

import dev.loupe.outcomes.OutcomeReport.Difference;
import dev.loupe.outcomes.OutcomeReport.Overall;
import dev.loupe.outcomes.OutcomeReport.Pairing;
import dev.loupe.statistics.ClusteredShare;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.DifferenceInterval;
import dev.loupe.statistics.McNemar;
import dev.loupe.statistics.PairedInterval;
import dev.loupe.statistics.Pairs;
import dev.loupe.statistics.SeveralSystems;
import dev.loupe.statistics.TwoSampleTest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Two groups of trials, compared as what they are: clusters, pairs, or independent trials. */
final class Comparing {
  /** Of each side's items, to be compared as pairs. */
  private static final double LEAST_SHARED = 0.5;

  private Comparing() {}

  /** Before its p-value is adjusted. */
  static Difference difference(
      String config,
      Optional<String> category,
      OutcomeGroup group,
      OutcomeGroup baseline,
      double level) {
    if (!group.clusters().isEmpty()) {
      return clustered(config, category, group, baseline, level);
    }
    long[] cells = new long[4];
    Map<String, Boolean> others = baseline.items();
    group
        .items()
        .forEach((item, success) -> {
          Boolean other = others.get(item);
          if (other != null) {
            cells[(success ? 0 : 2) + (other ? 0 : 1)]++;
          }
        });
    long shared = cells[0] + cells[1] + cells[2] + cells[3];
    long greater = Math.max(group.trials(), baseline.trials());
    if (shared > 0 && shared >= LEAST_SHARED * greater) {
      Pairs pairs = new Pairs(cells[0], cells[1], cells[2], cells[3]);
      double p = McNemar.exact(pairs);
      return new Difference(
          config,
          category,
          Pairing.PAIRED,
          shared,
          group.trials() + baseline.trials() - 2 * shared,
          PairedInterval.NEWCOMBE_10.estimate(pairs, level),
          p,
          p);
    }
    Counts first = new Counts(group.successes(), group.trials());
    Counts second = new Counts(baseline.successes(), baseline.trials());
    double p = TwoSampleTest.fisher(first, second);
    return new Difference(
        config,
        category,
        Pairing.INDEPENDENT,
        0,
        0,
        DifferenceInterval.NEWCOMBE.estimate(first, second, level),
        p,
        p);
  }

  /** Whether the configs differ at all. */
  static Optional<Overall> overall(List<OutcomeGroup> groups) {
    if (groups.size() < 3 || groups.stream().anyMatch(each -> !each.clusters().isEmpty())) {
      return Optional.empty();
    }
    Set<String> items = groups.getFirst().items().keySet();
    if (items.isEmpty() || groups.stream().anyMatch(each -> !each.items().keySet().equals(items))) {
      TwoSampleTest.Result found =
          SeveralSystems.homogeneity(
              groups.stream().map(each -> new Counts(each.successes(), each.trials())).toList());
      return Optional.of(new Overall("chi-squared", found.statistic(), found.p()));
    }
    boolean[][] outcomes = new boolean[items.size()][groups.size()];
    int row = 0;
    for (String item : items) {
      for (int config = 0; config < groups.size(); config++) {
        outcomes[row][config] = Boolean.TRUE.equals(groups.get(config).items().get(item));
      }
      row++;
    }
    TwoSampleTest.Result found = SeveralSystems.cochran(outcomes);
    return Optional.of(new Overall("Cochran's Q", found.statistic(), found.p()));
  }

  private static Difference clustered(
      String config,
      Optional<String> category,
      OutcomeGroup group,
      OutcomeGroup baseline,
      double level) {
    Set<String> names = new LinkedHashSet<>(group.clusters().keySet());
    names.addAll(baseline.clusters().keySet());
    List<String> clusters = List.copyOf(names);
    ClusteredShare.Difference found =
        ClusteredShare.difference(
            successes(group, clusters),
            trials(group, clusters),
            successes(baseline, clusters),
            trials(baseline, clusters),
            level);
    return new Difference(
        config, category, Pairing.CLUSTERED, 0, 0, found.estimate(), found.p(), found.p());
  }

  /** The rate of a group with clusters. */
  static ClusteredShare share(OutcomeGroup group) {
    List<String> clusters = List.copyOf(group.clusters().keySet());
    return ClusteredShare.of(successes(group, clusters), trials(group, clusters));
  }

  private static long[] successes(OutcomeGroup group, List<String> clusters) {
    return clusters.stream()
        .mapToLong(name -> group.clusters().getOrDefault(name, new OutcomeGroup.Cell()).successes)
        .toArray();
  }

  private static long[] trials(OutcomeGroup group, List<String> clusters) {
    return clusters.stream()
        .mapToLong(name -> group.clusters().getOrDefault(name, new OutcomeGroup.Cell()).trials)
        .toArray();
  }
}
