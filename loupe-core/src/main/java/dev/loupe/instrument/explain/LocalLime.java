package dev.loupe.instrument.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * C-LIME of MExGen: a linear fit to texts of which few units are left out at once, as many texts as
 * a factor times the number of units. The total weight is shared evenly among the sizes of the sets
 * and within each size among its sets.
 *
 * @param sets that are scored: the empty one, all singles, pairs
 * @param weights of each
 */
@SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
public record LocalLime(int players, List<Removed> sets, double[] weights) {
  /** Texts a unit by default. */
  public static final int FACTOR = 10;

  private static final int LARGEST = 2;
  private static final double KERNEL_WIDTH = 0.25;

  public LocalLime {
    sets = List.copyOf(sets);
  }

  /**
   * The sets for a game.
   *
   * @param factor texts a unit, before sets are counted once
   * @param seed of the choice among pairs, where not all fit
   */
  public static LocalLime of(int players, int factor, long seed) {
    double left = Math.ceil((double) factor * players);
    double each = left / (LARGEST + 1);
    List<Removed> sets = new ArrayList<>(List.of(Removed.NONE));
    List<Double> weights = new ArrayList<>(List.of(each));
    List<Integer> all = IntStream.range(0, players).boxed().toList();
    for (int size = 1; size <= Math.min(LARGEST, players) && left > 0; size++) {
      int quota = (int) Math.rint(left / (LARGEST + 1 - size));
      List<Removed> chosen = new ArrayList<>(Removed.combinations(all, size));
      if (chosen.size() > quota && size > 1) {
        Collections.shuffle(chosen, new Random(seed));
        chosen = chosen.subList(0, quota);
      }
      sets.addAll(chosen);
      weights.addAll(Collections.nCopies(chosen.size(), each / chosen.size()));
      left -= chosen.size();
    }
    return new LocalLime(
        players, sets, weights.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /**
   * Plain LIME over all sets: weights exp(−d²/σ²) with d = 1 − √(kept / n) and σ = .25.
   *
   * @throws IllegalArgumentException if there are more than {@link ShapleyValues#MOST_EXACT}
   */
  public static LocalLime allSubsets(int players) {
    if (players > ShapleyValues.MOST_EXACT) {
      throw new IllegalArgumentException(players + " players");
    }
    List<Removed> sets =
        IntStream.range(0, 1 << players).mapToObj(bits -> Removed.mask(bits)).toList();
    double[] weights =
        sets.stream()
            .mapToDouble(set -> {
              double d = 1 - Math.sqrt((double) (players - set.size()) / players);
              return Math.exp(-d * d / (KERNEL_WIDTH * KERNEL_WIDTH));
            })
            .toArray();
    return new LocalLime(players, sets, weights);
  }

  LinearFit.Samples samples(Game game) {
    game.prepare(sets);
    return new LinearFit.Samples(players, sets, weights, sets.stream().map(game::columns).toList());
  }

  /**
   * φ with the fit's quality.
   *
   * @param phi {@code [player, column]}; the first column alone after a lasso that is not debiased
   * @param explained weighted R² on the fitted sets, first column
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
  record Fitted(double[][] phi, double intercept, double explained) {}

  /** The dense fit, ridge where {@code ridge} is above 0. */
  Fitted dense(Game game, double ridge) {
    LinearFit.Samples samples = samples(game);
    LinearFit fit = LinearFit.of(samples, ridge);
    return new Fitted(fit.phi(), fit.intercept()[0], fit.explained(samples));
  }

  /**
   * The lasso with {@code steps} steps.
   *
   * @param debiased whether the players that it chose are fitted anew without a penalty
   */
  Fitted sparse(Game game, int steps, boolean debiased) {
    LinearFit.Samples samples = samples(game);
    Lasso lasso = Lasso.of(samples, Math.min(steps, players));
    LinearFit fit =
        debiased
            ? LinearFit.of(samples, 0, lasso.active())
            : new LinearFit(
                Arrays.stream(lasso.coefficients())
                    .mapToObj(c -> new double[] {c})
                    .toArray(double[][]::new),
                new double[] {lasso.intercept()});
    return new Fitted(fit.phi(), fit.intercept()[0], fit.explained(samples));
  }
}
