package dev.loupe.instrument.explain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * The value of the answer for every set of players that may be left out, each set scored once. A
 * value has one or more columns: the first is what the request asks about, the others, if any, are
 * the tokens of the answer one by one. Every linear method treats the columns alike.
 */
public final class Game {
  /** Scores sets that have not been scored. */
  @FunctionalInterface
  public interface Scorer {
    /** The columns of each set's value, in the order given. */
    List<double[]> of(List<Removed> sets);
  }

  private final int players;
  private final Scorer scorer;
  private final Map<Removed, double[]> values = new LinkedHashMap<>();

  /** A game of that many players. */
  public Game(int players, Scorer scorer) {
    this.players = players;
    this.scorer = scorer;
  }

  /** How many players there are. */
  public int players() {
    return players;
  }

  /** How many sets have been scored. */
  public int scored() {
    return values.size();
  }

  /** Scores all of these that have not been scored, together. */
  public void prepare(Collection<Removed> sets) {
    List<Removed> fresh = new ArrayList<>(new LinkedHashSet<>(sets));
    fresh.removeIf(values::containsKey);
    if (!fresh.isEmpty()) {
      List<double[]> found = scorer.of(fresh);
      for (int i = 0; i < fresh.size(); i++) {
        values.put(fresh.get(i), found.get(i));
      }
    }
  }

  /** All columns of a set's value. */
  public double[] columns(Removed set) {
    double[] known = values.get(set);
    if (known == null) {
      prepare(List.of(set));
      return columns(set);
    }
    return known;
  }

  /** The first column of a set's value. */
  public double value(Removed set) {
    return columns(set)[0];
  }

  /**
   * R² of the value predicted for every scored set as the whole's value less the scores of what is
   * left out; NaN if all values are equal.
   *
   * @param phi {@code [player, column]}
   */
  double explained(double[][] phi) {
    double whole = value(Removed.NONE);
    double mean = values.values().stream().mapToDouble(each -> each[0]).average().orElse(0);
    double rest = 0;
    double all = 0;
    for (Map.Entry<Removed, double[]> each : values.entrySet()) {
      double predicted = whole;
      for (int player : each.getKey().players()) {
        predicted -= phi[player][0];
      }
      double value = each.getValue()[0];
      rest += (value - predicted) * (value - predicted);
      all += (value - mean) * (value - mean);
    }
    return all == 0 ? Double.NaN : 1 - rest / all;
  }
}
