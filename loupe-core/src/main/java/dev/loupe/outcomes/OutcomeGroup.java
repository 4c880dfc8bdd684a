package dev.loupe.outcomes;

import dev.loupe.fault.LoupeException;
import java.util.HashMap;
import java.util.Map;

/**
 * The trials of one config in one category, counted; by item and by cluster where there are such.
 */
final class OutcomeGroup {
  /** Of one cluster. */
  static final class Cell {
    long successes;
    long trials;

    void add(Cell other) {
      successes += other.successes;
      trials += other.trials;
    }
  }

  private final Map<String, Boolean> items = new HashMap<>();
  private final Map<String, Cell> clusters = new HashMap<>();
  private long successes;
  private long trials;

  long successes() {
    return successes;
  }

  long trials() {
    return trials;
  }

  /** Whether it succeeded, by item. */
  Map<String, Boolean> items() {
    return items;
  }

  Map<String, Cell> clusters() {
    return clusters;
  }

  /** Counts one trial; returns how many entries more are kept in memory. */
  int add(Outcome outcome) {
    int before = items.size() + clusters.size();
    successes += outcome.success() ? 1 : 0;
    trials++;
    outcome
        .item()
        .ifPresent(item -> {
          if (items.putIfAbsent(item, outcome.success()) != null) {
            throw LoupeException.badInput(
                "%s: item '%s' is there a second time for config '%s'%s"
                    .formatted(
                        outcome.place(),
                        item,
                        outcome.config(),
                        outcome.category().isEmpty()
                            ? ""
                            : ", category '" + outcome.category() + "'"),
                "Remove the double; or, if items were tried repeatedly, give their column as"
                    + " `cluster`, which takes repeated tries into account.");
          }
        });
    outcome
        .cluster()
        .ifPresent(cluster -> {
          Cell cell = clusters.computeIfAbsent(cluster, _ -> new Cell());
          cell.successes += outcome.success() ? 1 : 0;
          cell.trials++;
        });
    return items.size() + clusters.size() - before;
  }

  /** Adds another category's trials; clusters of one name are one cluster. */
  void add(String category, OutcomeGroup other) {
    successes += other.successes;
    trials += other.trials;
    other.items.forEach((item, success) -> items.put(category + "\u0000" + item, success));
    other.clusters.forEach(
        (cluster, cell) -> clusters.computeIfAbsent(cluster, _ -> new Cell()).add(cell));
  }
}
