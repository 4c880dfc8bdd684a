package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Component;
import dev.loupe.geometry.Matching;
import dev.loupe.geometry.SimilarityMatrix;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How alike heads and MLPs of two models are: the mean of two correlations, of their activity on
 * the same texts and of what ablating them does to each pair. A head is never like an MLP.
 */
final class Likeness {
  private final Parts first;
  private final Parts second;

  /** Heads and MLPs of a model, and what they do on the same pairs. */
  interface Parts {
    List<Component> all();

    /** {@code [text][entry]}. */
    double[][] activity(Component component);

    /** What ablating it takes from each pair. */
    double[] effects(Component component);
  }

  /** Standardised, text by text, {@code [text][entry]}. */
  private final Map<Component, double[][]> activity = new HashMap<>();

  private final Map<Component, double[][]> otherActivity = new HashMap<>();

  Likeness(Parts first, Parts second) {
    this.first = first;
    this.second = second;
    first.all().forEach(each -> activity.put(each, standard(first.activity(each))));
    second.all().forEach(each -> otherActivity.put(each, standard(second.activity(each))));
  }

  /** Mean 0 and sum of squares 1 over all entries; all 0 where they do not vary. */
  private static double[][] standard(double[][] texts) {
    double mean = Arrays.stream(texts).flatMapToDouble(Arrays::stream).average().orElseThrow();
    double squares =
        Arrays.stream(texts)
            .flatMapToDouble(Arrays::stream)
            .map(each -> (each - mean) * (each - mean))
            .sum();
    double size = squares > 1e-12 ? Math.sqrt(squares) : Double.POSITIVE_INFINITY;
    return Arrays.stream(texts)
        .map(text -> Arrays.stream(text).map(each -> (each - mean) / size).toArray())
        .toArray(double[][]::new);
  }

  /**
   * Correlation of two nodes' activity.
   *
   * @param order which text of the other stands where, of as many tokens
   */
  double activity(Component one, Component other, int[] order) {
    double[][] a = Objects.requireNonNull(activity.get(one));
    double[][] b = Objects.requireNonNull(otherActivity.get(other));
    double sum = 0;
    for (int text = 0; text < a.length; text++) {
      double[] x = a[text];
      double[] y = b[order[text]];
      for (int i = 0; i < x.length; i++) {
        sum += x[i] * y[i];
      }
    }
    return sum;
  }

  /** Correlation over pairs of what ablating two nodes does. */
  double effects(Component one, Component other, int[] order) {
    double[][] a = standard(new double[][] {first.effects(one)});
    double[][] b = standard(new double[][] {second.effects(other)});
    double sum = 0;
    for (int pair = 0; pair < order.length; pair++) {
      sum += a[0][pair] * b[0][order[pair]];
    }
    return sum;
  }

  /**
   * All of one model (rows) and all of the other.
   *
   * @param texts which text of the other stands where, of as many tokens
   * @param pairs which of its pairs stands where
   */
  double[][] values(int[] texts, int[] pairs) {
    double[][] values = new double[first.all().size()][second.all().size()];
    for (int row = 0; row < values.length; row++) {
      Component one = first.all().get(row);
      for (int column = 0; column < values[row].length; column++) {
        Component other = second.all().get(column);
        values[row][column] =
            one.isMlp() == other.isMlp()
                ? (activity(one, other, texts) + effects(one, other, pairs)) / 2
                : -1;
      }
    }
    return values;
  }

  /** Partners one to one of some rows, with the largest sum, none of them below 0. */
  List<Matching.Pair> partners(double[][] values, List<Component> some) {
    int[] rows = some.stream().mapToInt(first.all()::indexOf).toArray();
    SimilarityMatrix matrix =
        new SimilarityMatrix() {
          @Override
          public int rows() {
            return rows.length;
          }

          @Override
          public int columns() {
            return second.all().size();
          }

          @Override
          public void forEachRow(RowUse use) {
            for (int row = 0; row < rows.length; row++) {
              use.row(row, values[rows[row]].clone());
            }
          }
        };
    return Matching.of(matrix, 0).assignment().pairs();
  }

  /** The mean over some rows of their partners' likeness, 0 for those without. */
  double mean(double[][] values, List<Component> some) {
    return partners(values, some).stream().mapToDouble(Matching.Pair::value).sum() / some.size();
  }
}
