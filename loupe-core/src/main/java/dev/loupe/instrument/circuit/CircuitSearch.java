package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Faithfulness;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.Prepared.Circuit;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.statistics.Estimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The smallest circuit that is faithful enough on the pairs that choose it, by the lower end of its
 * interval: the highest scores up to a size found by going up and bisection, then pruned if asked:
 * its features are ranked anew by how much the circuit loses without each, and the size is bisected
 * again.
 */
final class CircuitSearch {
  /** Runs that pruning may take; beyond, fewer pairs measure the drops, at least two. */
  static final int MOST_RUNS = 2000;

  private final Prepared learning;
  private final Prepared train;
  private final Errors errors;
  private final Faithfulness scale;
  private final double target;
  private final Run run;

  /**
   * A search.
   *
   * @param learning the pairs that rank members by what the circuit loses without each
   * @param train the pairs on which sizes are tried
   */
  CircuitSearch(Prepared learning, Prepared train, Errors errors, double target, Run run) {
    this.learning = learning;
    this.train = train;
    this.errors = errors;
    this.target = target;
    this.run = run;
    double[] empty = train.values(List.of(Circuit.keeping(List.of())), errors, _ -> {})[0];
    this.scale = new Faithfulness(train.own(), empty);
  }

  /**
   * A circuit.
   *
   * @param features the highest ranked first
   * @param faithfulness on the pairs that chose it
   * @param byScore its size by score alone; empty where no size is faithful enough, and then it is
   *     the most faithful of those that were tried
   */
  record Chosen(List<FeatureId> features, double faithfulness, OptionalInt byScore) {}

  /** Features by falling score, equal scores by number. */
  static List<FeatureId> ranked(Map<FeatureId, Double> scores) {
    return scores.entrySet().stream()
        .sorted(
            Map.Entry.<FeatureId, Double>comparingByValue(Comparator.reverseOrder())
                .thenComparing(
                    Map.Entry::getKey,
                    Comparator.comparingInt(FeatureId::layer).thenComparingInt(FeatureId::feature)))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Searches among ranked features. */
  Chosen search(List<FeatureId> order, boolean prunes) {
    Map<Integer, Estimate> tried = new HashMap<>();
    OptionalInt size = smallest(order, tried);
    if (size.isEmpty()) {
      int best =
          tried.entrySet().stream()
              .max(Map.Entry.comparingByValue(Comparator.comparingDouble(Estimate::value)))
              .map(Map.Entry::getKey)
              .orElseThrow();
      return new Chosen(order.subList(0, best), value(tried, best), size);
    }
    List<FeatureId> chosen = order.subList(0, size.getAsInt());
    double reached = value(tried, size.getAsInt());
    if (!prunes || chosen.size() < 2) {
      return new Chosen(chosen, reached, size);
    }
    List<FeatureId> anew = byDrop(chosen);
    Map<Integer, Estimate> again = new HashMap<>();
    OptionalInt smaller = smallest(anew, again);
    return smaller.isPresent() && smaller.getAsInt() < chosen.size()
        ? new Chosen(anew.subList(0, smaller.getAsInt()), value(again, smaller.getAsInt()), size)
        : new Chosen(anew, reached, size);
  }

  /** The features of a circuit by how much it loses without each. */
  private List<FeatureId> byDrop(List<FeatureId> chosen) {
    int pairs =
        Math.clamp(MOST_RUNS / chosen.size(), Math.min(2, learning.size()), learning.size());
    List<Circuit> circuits = without(chosen);
    Map<FeatureId, Double> drops = new HashMap<>();
    try (Steps steps = run.steps("pruning", Counted.RUNS, (long) circuits.size() * pairs)) {
      double[][] values = learning.first(pairs).values(circuits, errors, steps::at);
      for (int i = 0; i < chosen.size(); i++) {
        drops.put(chosen.get(i), -Faithfulness.mean(values[i]));
      }
    }
    return ranked(drops);
  }

  /** A circuit without each of its features in turn. */
  static List<Circuit> without(List<FeatureId> chosen) {
    return chosen.stream()
        .map(left -> Circuit.keeping(chosen.stream().filter(each -> !each.equals(left)).toList()))
        .toList();
  }

  private OptionalInt smallest(List<FeatureId> order, Map<Integer, Estimate> tried) {
    List<Integer> ladder = new ArrayList<>();
    for (int size = 1; size < order.size(); size = Math.max(size + 1, size * 3 / 2)) {
      ladder.add(size);
    }
    ladder.add(order.size());
    int low = 0;
    int high = -1;
    int atOnce = 6;
    for (int from = 0; from < ladder.size() && high < 0; from += atOnce) {
      List<Integer> some = ladder.subList(from, Math.min(ladder.size(), from + atOnce));
      measure(order, some, tried);
      for (int size : some) {
        if (reaches(tried, size)) {
          high = size;
          break;
        }
        low = size;
      }
    }
    if (high < 0) {
      return OptionalInt.empty();
    }
    while (high - low > Math.max(1, high / 20)) {
      int middle = (low + high) >>> 1;
      measure(order, List.of(middle), tried);
      if (reaches(tried, middle)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return OptionalInt.of(high);
  }

  private static double value(Map<Integer, Estimate> tried, int size) {
    Estimate found = tried.get(size);
    return found == null ? Double.NaN : found.value();
  }

  /** Whether the lower end of its interval is high enough, so that other pairs will be too. */
  private boolean reaches(Map<Integer, Estimate> tried, int size) {
    Estimate found = tried.get(size);
    return found != null && (found.hasInterval() ? found.low() : found.value()) >= target;
  }

  private void measure(List<FeatureId> order, List<Integer> sizes, Map<Integer, Estimate> tried) {
    run.check();
    List<Circuit> circuits =
        sizes.stream().map(size -> Circuit.keeping(order.subList(0, size))).toList();
    double[][] values = train.values(circuits, errors, _ -> run.check());
    for (int i = 0; i < sizes.size(); i++) {
      tried.put(sizes.get(i), scale.estimate(values[i], run.seed()));
    }
  }
}
