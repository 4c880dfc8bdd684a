package dev.loupe.instrument.circuit;

import dev.loupe.geometry.Matching;
import dev.loupe.geometry.SimilarityMatrix;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;

/**
 * How alike nodes of two models are: the mean of two correlations, of their activity on the same
 * texts and of what ablating them does to each pair.
 */
final class Likeness<T> {
  private final Parts<T> first;
  private final Parts<T> second;
  private final BiPredicate<T, T> mayPair;

  /** Nodes of a model, and what they do on the same pairs. */
  interface Parts<T> {
    List<T> all();

    /** {@code [text][entry]}. */
    double[][] activity(T node);

    /** What ablating it takes from each pair. */
    double[] effects(T node);
  }

  /** Both standardised; activity text by text, {@code [text][entry]}. */
  @SuppressWarnings("ArrayRecordComponent") // made once, never compared
  private record Node(double[][] activity, double[] effects) {}

  private final Map<T, Node> ones = new HashMap<>();
  private final Map<T, Node> others = new HashMap<>();

  /**
   * Of two models.
   *
   * @param mayPair whether two nodes are of one kind; others are never partners
   */
  Likeness(Parts<T> first, Parts<T> second, BiPredicate<T, T> mayPair) {
    this.first = first;
    this.second = second;
    this.mayPair = mayPair;
    first.all().forEach(each -> ones.put(each, node(first, each)));
    second.all().forEach(each -> others.put(each, node(second, each)));
  }

  private static <T> Node node(Parts<T> of, T each) {
    return new Node(standard(of.activity(each)), standard(new double[][] {of.effects(each)})[0]);
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
  double activity(T one, T other, int[] order) {
    double[][] a = Objects.requireNonNull(ones.get(one)).activity();
    double[][] b = Objects.requireNonNull(others.get(other)).activity();
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
  double effects(T one, T other, int[] order) {
    double[] a = Objects.requireNonNull(ones.get(one)).effects();
    double[] b = Objects.requireNonNull(others.get(other)).effects();
    double sum = 0;
    for (int pair = 0; pair < order.length; pair++) {
      sum += a[pair] * b[order[pair]];
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
      T one = first.all().get(row);
      for (int column = 0; column < values[row].length; column++) {
        T other = second.all().get(column);
        values[row][column] =
            mayPair.test(one, other)
                ? (activity(one, other, texts) + effects(one, other, pairs)) / 2
                : -1;
      }
    }
    return values;
  }

  /** Partners one to one of some rows, with the largest sum, none of them below 0. */
  List<Matching.Pair> partners(double[][] values, List<T> some) {
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
  double mean(double[][] values, List<T> some) {
    return partners(values, some).stream().mapToDouble(Matching.Pair::value).sum() / some.size();
  }
}
