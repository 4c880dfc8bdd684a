package dev.loupe.geometry;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * A plane in which what is near by cosine is near (McInnes, Healy and Melville 2018): the fuzzy
 * graph of the nearest neighbours, laid out by stochastic gradient descent with negative sampling.
 * Distances between groups, and their sizes, mean nothing. One thread and one seed: the same
 * directions give the same plane on one machine.
 *
 * <p>It begins with the first two principal components rather than the graph's eigenvectors, which
 * serves as well (Kobak and Linderman 2021) and needs no solver.
 */
public final class Umap {
  /** The curve 1/(1 + a d^(2b)) for a least distance of 0.1 and a spread of 1. */
  private static final double A = 1.576943460405378;

  private static final double B = 0.8950608781227859;

  private static final double MOST_STEP = 4;
  private static final int NEGATIVES = 5;
  private static final double EXTENT = 10;
  private static final double JITTER = 1e-4;
  private static final int BISECTIONS = 64;

  private Umap() {}

  /**
   * An edge of the fuzzy graph.
   *
   * @param weight above 0, at most 1
   */
  record Edge(int from, int to, double weight) {}

  /**
   * Lays directions out.
   *
   * @param directions {@code [n, d]}
   * @param near their nearest neighbours
   * @param epochs 500 is usual below 10,000 directions, 200 above
   * @param done hears how many epochs are done
   * @return {@code [n, 2]}
   */
  public static double[][] of(
      Tensor directions, NearestNeighbours near, int epochs, Random random, IntConsumer done) {
    List<Edge> edges = graph(near);
    double[][] plane = principal(directions, random);
    descend(plane, edges, epochs, random, done);
    return plane;
  }

  /** Both directions of an edge joined: a + b − ab. */
  static List<Edge> graph(NearestNeighbours near) {
    int n = near.size();
    Map<Long, Double> weights = new HashMap<>();
    for (int row = 0; row < n; row++) {
      double[] distances = new double[near.k()];
      for (int i = 0; i < distances.length; i++) {
        distances[i] = Math.max(0, 1 - near.cosines()[row][i]);
      }
      double[] memberships = memberships(distances);
      for (int i = 0; i < distances.length; i++) {
        int other = near.ids()[row][i];
        long key = (long) Math.min(row, other) * n + Math.max(row, other);
        weights.merge(key, memberships[i], (a, b) -> a + b - a * b);
      }
    }
    List<Edge> edges = new ArrayList<>();
    weights.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(each ->
            edges.add(
                new Edge((int) (each.getKey() / n), (int) (each.getKey() % n), each.getValue())));
    return edges;
  }

  /**
   * exp(−(d − nearest)/σ), σ such that they sum to log2 k.
   *
   * @param distances rising, {@code [k]}
   */
  static double[] memberships(double[] distances) {
    double nearest = distances[0];
    double wanted = Math.log(distances.length) / Math.log(2);
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double sigma = 1;
    for (int i = 0; i < BISECTIONS; i++) {
      double sum = 0;
      for (double distance : distances) {
        sum += Math.exp(-(distance - nearest) / sigma);
      }
      if (sum > wanted) {
        high = sigma;
      } else {
        low = sigma;
      }
      sigma = high == Double.POSITIVE_INFINITY ? 2 * sigma : (low + high) / 2;
    }
    double[] memberships = new double[distances.length];
    for (int i = 0; i < distances.length; i++) {
      // Never 0 exactly, where all distances are alike and σ falls without end.
      memberships[i] =
          Math.max(1e-12, Math.exp(-(distances[i] - nearest) / Math.max(sigma, 1e-12)));
    }
    return memberships;
  }

  /** The first two principal components, in a square of a fixed size, a little shaken. */
  private static double[][] principal(Tensor directions, Random random) {
    int n = directions.size(0);
    double[] values;
    try (var _ = NativeScope.open()) {
      Tensor unit = Cosines.unit(directions).to(DType.F64);
      Tensor centred = unit.minus(unit.mean(true, 0));
      Eigen eigen = Eigen.of(centred.transpose(0, 1).matmul(centred));
      int d = unit.size(1);
      values = centred.matmul(eigen.vectors().slice(1, Math.max(0, d - 2), d)).toDoubles();
    }
    double most = 1e-12;
    for (double value : values) {
      most = Math.max(most, Math.abs(value));
    }
    double[][] plane = new double[n][2];
    int width = values.length / n;
    for (int i = 0; i < n; i++) {
      for (int axis = 0; axis < 2; axis++) {
        double value = axis < width ? values[i * width + width - 1 - axis] : 0;
        plane[i][axis] = EXTENT * value / most + JITTER * random.nextGaussian();
      }
    }
    return plane;
  }

  private static void descend(
      double[][] plane, List<Edge> edges, int epochs, Random random, IntConsumer done) {
    double heaviest = edges.stream().mapToDouble(Edge::weight).max().orElse(1);
    double[] every = edges.stream().mapToDouble(edge -> heaviest / edge.weight()).toArray();
    double[] next = every.clone();
    for (int epoch = 0; epoch < epochs; epoch++) {
      double rate = 1 - (double) epoch / epochs;
      for (int i = 0; i < every.length; i++) {
        if (every[i] <= epochs && next[i] <= epoch) {
          Edge edge = edges.get(i);
          attract(plane[edge.from()], plane[edge.to()], rate);
          for (int k = 0; k < NEGATIVES; k++) {
            repel(plane, edge.from(), random.nextInt(plane.length), rate);
            repel(plane, edge.to(), random.nextInt(plane.length), rate);
          }
          next[i] += every[i];
        }
      }
      done.accept(epoch + 1);
    }
  }

  private static void attract(double[] one, double[] other, double rate) {
    double squared = squared(one, other);
    if (squared > 0) {
      double factor = -2 * A * B * Math.pow(squared, B - 1) / (1 + A * Math.pow(squared, B));
      for (int axis = 0; axis < 2; axis++) {
        double step = rate * clipped(factor * (one[axis] - other[axis]));
        one[axis] += step;
        other[axis] -= step;
      }
    }
  }

  private static void repel(double[][] plane, int moved, int from, double rate) {
    if (moved != from) {
      double[] one = plane[moved];
      double squared = squared(one, plane[from]);
      double factor = 2 * B / ((0.001 + squared) * (1 + A * Math.pow(squared, B)));
      for (int axis = 0; axis < 2; axis++) {
        one[axis] += rate * clipped(factor * (one[axis] - plane[from][axis]));
      }
    }
  }

  private static double clipped(double step) {
    return Math.clamp(step, -MOST_STEP, MOST_STEP);
  }

  private static double squared(double[] one, double[] other) {
    double x = one[0] - other[0];
    double y = one[1] - other[1];
    return x * x + y * y;
  }
}
