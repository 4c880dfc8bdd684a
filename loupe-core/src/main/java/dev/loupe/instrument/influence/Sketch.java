package dev.loupe.instrument.influence;

import dev.loupe.model.training.BlockMap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * A random projection of gradients that keeps inner products on average (a count sketch, Charikar
 * et al. 2002): a map's gradient, in its eigenbasis and divided by the root of Λ + λ, is shuffled,
 * half of its entries are negated, and equally many are summed into each component. A map has
 * components in proportion to the sum of Λ / (Λ + λ), the expected squared length of what is
 * projected, and all of its entries one each where there are enough. Made from Λ and a count alone.
 *
 * @param asked components that were asked for
 * @param maps in the order of the components
 */
record Sketch(int asked, SequencedMap<BlockMap, OfMap> maps) {
  /** Of the shuffles; part of the format. */
  private static final long SEED = 11;

  /**
   * One map's part.
   *
   * @param width components
   * @param order entries of the matrix {@code [out, columns]}, rows first, those of a component one
   *     after another
   * @param signs 1 or −1 of each; 0 for what only fills up the last components
   * @param scales one over the root of Λ + λ of each
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record OfMap(int width, int[] order, float[] signs, float[] scales) {
    static OfMap of(double[] lambda, double damping, int width, long seed) {
      int each = Math.ceilDiv(lambda.length, width);
      int[] order = IntStream.range(0, lambda.length).toArray();
      Random random = new Random(seed);
      boolean isWhole = width == lambda.length;
      for (int i = order.length - 1; i > 0 && !isWhole; i--) {
        int other = random.nextInt(i + 1);
        int here = order[i];
        order[i] = order[other];
        order[other] = here;
      }
      float[] signs = new float[width * each];
      for (int i = 0; i < lambda.length; i++) {
        signs[i] = isWhole || random.nextBoolean() ? 1 : -1;
      }
      order = Arrays.copyOf(order, signs.length);
      float[] scales = new float[signs.length];
      for (int i = 0; i < scales.length; i++) {
        scales[i] = (float) (1 / Math.sqrt(lambda[order[i]] + damping));
      }
      return new OfMap(width, order, signs, scales);
    }

    /** The sums of weighted entries, {@code [n, width]} from {@code [n, entries]}. */
    private Tensor sums(Tensor rows, float[] weights) {
      return rows.indexSelect(1, Tensor.indices(order))
          .times(Tensor.of(weights, weights.length).to(rows.dtype()))
          .reshape(rows.size(0), width, weights.length / width)
          .sum(false, 2)
          .to(DType.F32);
    }

    /** Of gradients in the eigenbasis. */
    Tensor gradients(Tensor rows) {
      float[] weights = new float[signs.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = signs[i] * scales[i];
      }
      return sums(rows, weights);
    }

    /** Of a direction in the eigenbasis, whose product with a gradient's is the score. */
    Tensor direction(Tensor rows) {
      float[] weights = new float[signs.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = signs[i] / scales[i];
      }
      return sums(rows, weights);
    }
  }

  /** How many components. */
  int count() {
    return maps.values().stream().mapToInt(OfMap::width).sum();
  }

  /** Where a map's components begin. */
  int column(BlockMap map) {
    int column = 0;
    for (Map.Entry<BlockMap, OfMap> each : maps.entrySet()) {
      if (each.getKey().equals(map)) {
        break;
      }
      column += each.getValue().width();
    }
    return column;
  }

  /**
   * For some factors; λ is each map's usual damping.
   *
   * @param count components of all maps together, about; at most as many as there are entries
   */
  static Sketch of(Map<BlockMap, MapFactors> factors, int count) {
    List<BlockMap> maps = List.copyOf(factors.keySet());
    double[] weights = new double[maps.size()];
    long[] sizes = new long[maps.size()];
    try (var _ = NativeScope.open()) {
      for (int m = 0; m < weights.length; m++) {
        MapFactors of = CurvatureFit.of(factors, maps.get(m));
        Tensor lambda = of.lambda();
        weights[m] = lambda.dividedBy(lambda.plus(of.heuristicDamping())).sum().item();
        sizes[m] = lambda.count();
      }
    }
    int[] widths = widths(weights, sizes, count);
    SequencedMap<BlockMap, OfMap> found = new LinkedHashMap<>();
    for (int m = 0; m < widths.length; m++) {
      MapFactors of = CurvatureFit.of(factors, maps.get(m));
      found.put(
          maps.get(m),
          OfMap.of(of.lambda().toDoubles(), of.heuristicDamping(), widths[m], SEED + m));
    }
    return new Sketch(count, found);
  }

  /** In proportion to weights, at least one and no more than the size; what is left goes on. */
  static int[] widths(double[] weights, long[] sizes, int count) {
    int[] widths = new int[weights.length];
    Integer[] order = IntStream.range(0, weights.length).boxed().toArray(Integer[]::new);
    // Those that are filled first leave their rest to the others.
    Arrays.sort(order, (a, b) -> Double.compare(sizes[a] / weights[a], sizes[b] / weights[b]));
    double weight = Arrays.stream(weights).sum();
    double left = count;
    for (int m : order) {
      double wanted = weight > 0 ? left * weights[m] / weight : left;
      widths[m] = (int) Math.clamp(Math.round(wanted), 1, sizes[m]);
      left = Math.max(0, left - widths[m]);
      weight -= weights[m];
    }
    return widths;
  }
}
