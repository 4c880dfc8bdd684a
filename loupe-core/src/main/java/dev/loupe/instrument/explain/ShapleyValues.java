package dev.loupe.instrument.explain;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Weighted sums of what leaving out a player lowers the value by, over sets that are left out
 * before it: φ_i = Σ_T w(T) [f(T) − f(T ∪ i)]. A positive φ supports the answer.
 */
public final class ShapleyValues {
  /** Players up to which exact values are computed: 4,096 texts. */
  public static final int MOST_EXACT = 12;

  /**
   * One term of the sum of a player.
   *
   * @param before left out before the player
   */
  private record Term(Removed before, double weight) {}

  private final List<List<Term>> terms = new ArrayList<>();

  private ShapleyValues() {}

  /**
   * Exact Shapley values.
   *
   * @throws IllegalArgumentException if there are more than {@link #MOST_EXACT}
   */
  public static ShapleyValues exact(int players) {
    if (players > MOST_EXACT) {
      throw new IllegalArgumentException(players + " players");
    }
    return windows(players, players, Integer.MAX_VALUE, false);
  }

  /**
   * L-SHAP (Chen et al. 2018): the Shapley value of each player in the game on the players at most
   * {@code radius} places from it, all others staying.
   */
  public static ShapleyValues local(int players, int radius) {
    return windows(players, radius, Integer.MAX_VALUE, false);
  }

  /**
   * The truncated form of the ICX360 toolkit: sets of at most {@code most} neighbours, divided by
   * {@code most + 1} sizes also where a border has fewer neighbours than that.
   */
  public static ShapleyValues truncated(int players, int radius, int most) {
    return windows(players, radius, most, true);
  }

  /** The value with nothing else left out: f(∅) − f({i}). */
  public static ShapleyValues leaveOneOut(int players) {
    return windows(players, 0, 0, false);
  }

  private static ShapleyValues windows(int players, int radius, int most, boolean allSizes) {
    ShapleyValues values = new ShapleyValues();
    for (int i = 0; i < players; i++) {
      int player = i;
      List<Integer> window =
          IntStream.range(
                  Math.max(0, i - Math.min(radius, i)),
                  (int) Math.min(players, (long) i + radius + 1))
              .filter(j -> j != player)
              .boxed()
              .toList();
      int largest = Math.min(most, window.size());
      double sizes = allSizes ? most + 1.0 : largest + 1.0;
      List<Term> own = new ArrayList<>();
      double combinations = 1;
      for (int size = 0; size <= largest; size++) {
        for (Removed set : Removed.combinations(window, size)) {
          own.add(new Term(set, 1 / (sizes * combinations)));
        }
        combinations = combinations * (window.size() - size) / (size + 1);
      }
      values.terms.add(own);
    }
    return values;
  }

  /** Every set whose value is needed. */
  public Set<Removed> sets() {
    Set<Removed> sets = new LinkedHashSet<>(List.of(Removed.NONE));
    for (int i = 0; i < terms.size(); i++) {
      for (Term term : terms.get(i)) {
        sets.add(term.before());
        sets.add(term.before().and(i));
      }
    }
    return sets;
  }

  /** φ, {@code [player, column]}. */
  public double[][] of(Game game) {
    game.prepare(sets());
    int columns = game.columns(Removed.NONE).length;
    double[][] phi = new double[terms.size()][columns];
    for (int i = 0; i < phi.length; i++) {
      for (Term term : terms.get(i)) {
        double[] with = game.columns(term.before());
        double[] without = game.columns(term.before().and(i));
        for (int c = 0; c < columns; c++) {
          phi[i][c] += term.weight() * (with[c] - without[c]);
        }
      }
    }
    return phi;
  }
}
