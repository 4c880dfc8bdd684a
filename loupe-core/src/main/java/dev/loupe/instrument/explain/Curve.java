package dev.loupe.instrument.explain;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What becomes of the value as players are left out one after another (a perturbation curve).
 *
 * @param order in which they go
 * @param values with the first k of the order left out, k from 0 to all
 */
public record Curve(List<Integer> order, List<Double> values) {
  public Curve {
    order = List.copyOf(order);
    values = List.copyOf(values);
  }

  /** The players by falling φ, the lower number first among equals. */
  public static List<Integer> falling(double[] phi) {
    return IntStream.range(0, phi.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(i -> -phi[i]).thenComparing(i -> i))
        .toList();
  }

  /** The sets along an order. */
  static List<Removed> sets(List<Integer> order) {
    return IntStream.rangeClosed(0, order.size())
        .mapToObj(k -> new Removed(order.subList(0, k)))
        .toList();
  }

  /** The curve of an order. */
  public static Curve of(Game game, List<Integer> order) {
    List<Removed> sets = sets(order);
    game.prepare(sets);
    return new Curve(order, sets.stream().map(game::value).toList());
  }

  /** Area under the value, over the share of players left out; lower is better. */
  public double deletionArea() {
    return area(values.stream().mapToDouble(Double::doubleValue).toArray(), order.size());
  }

  /** Area under the drop from the whole, over all shares; higher is better. */
  public double dropArea() {
    return meanDrop();
  }

  /** How many steps the half of the curve has. */
  public int half() {
    return (order.size() + 1) / 2;
  }

  /** The mean drop over the first half of the steps; higher is better. */
  public double halfDrop() {
    double[] drops =
        IntStream.rangeClosed(0, half())
            .mapToDouble(k -> values.getFirst() - values.get(k))
            .toArray();
    return area(drops, half());
  }

  /** The mean drop from the whole along the curve. */
  double meanDrop() {
    return values.getFirst() - deletionArea();
  }

  /** The same order in another column of the game's values. */
  Curve column(Game game, int column) {
    return new Curve(order, sets(order).stream().map(set -> game.columns(set)[column]).toList());
  }

  private static double area(double[] values, int steps) {
    double sum = Arrays.stream(values, 0, steps + 1).sum();
    return (sum - (values[0] + values[steps]) / 2) / steps;
  }
}
