package dev.loupe.bench;

import dev.loupe.geometry.ActivationTable;
import dev.loupe.geometry.Correlations;
import dev.loupe.geometry.Cosines;
import dev.loupe.geometry.Matching;
import dev.loupe.geometry.SimilarityMatrix;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Matches two dictionaries one to one, by direction and by activation. The second is the first in
 * another order, half of it with noise on every direction and on when it is active, half of it
 * unrelated: an assignment between equals or between strangers alone would be easy.
 */
public final class MatchSpeed {
  private static final int ACTIVE = 32;
  private static final double NOISE = 0.5;

  private MatchSpeed() {}

  /** Arguments: features of each, width of the stream, positions of text, threads. */
  public static void main(String[] arguments) {
    int features = Integer.parseInt(arguments[0]);
    int width = Integer.parseInt(arguments[1]);
    int positions = Integer.parseInt(arguments[2]);
    Engine.useThreads(Integer.parseInt(arguments[3]));
    Random random = new Random(7);
    List<Integer> order =
        IntStream.range(0, features).boxed().collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(order, random);
    try (var _ = NativeScope.open()) {
      Tensor[] sides = directions(features, width, order, random);
      measure("by direction, pairs above 0.3", Cosines.of(sides[0], sides[1]), 0.3, order);
    }
    ActivationTable[] tables = tables(features, positions, order, random);
    measure("by activation, pairs above 0.1", Correlations.of(tables[0], tables[1]), 0.1, order);
  }

  private static boolean kept(int feature) {
    return feature % 2 == 0;
  }

  private static Tensor[] directions(int features, int width, List<Integer> order, Random random) {
    float[] one = new float[features * width];
    float[] other = new float[features * width];
    for (int feature = 0; feature < features; feature++) {
      int place = order.get(feature);
      for (int k = 0; k < width; k++) {
        float value = (float) random.nextGaussian();
        one[feature * width + k] = value;
        other[place * width + k] =
            (float)
                ((kept(feature) ? value : 0) + (kept(feature) ? NOISE : 1) * random.nextGaussian());
      }
    }
    return new Tensor[] {
      Cosines.unit(Tensor.of(one, features, width)), Cosines.unit(Tensor.of(other, features, width))
    };
  }

  private static ActivationTable[] tables(
      int features, int positions, List<Integer> order, Random random) {
    ActivationTable.Builder one = new ActivationTable.Builder(1, features);
    ActivationTable.Builder other = new ActivationTable.Builder(1, features);
    for (int at = 0; at < positions; at++) {
      for (int feature : random.ints(0, features).distinct().limit(ACTIVE).toArray()) {
        double value = 1 + random.nextDouble();
        one.add(feature, value);
        boolean same = kept(feature) && random.nextDouble() > NOISE / 2;
        other.add(same ? order.get(feature) : random.nextInt(features), value);
      }
      one.endPosition();
      other.endPosition();
    }
    return new ActivationTable[] {one.build(), other.build()};
  }

  private static void measure(
      String what, SimilarityMatrix matrix, double least, List<Integer> order) {
    long start = System.nanoTime();
    double startCpu = TraceSweep.cpu() / 1e9;
    Matching matching = Matching.of(matrix, least);
    double looked = (System.nanoTime() - start) / 1e9;
    List<Matching.Pair> pairs = matching.assignment().pairs();
    long right =
        pairs.stream()
            .filter(pair -> kept(pair.row()) && order.get(pair.row()) == pair.column())
            .count();
    System.out.printf(
        Locale.ROOT,
        "%s: %d x %d, %.1f s to look at all pairs, %.1f s in all, %.1f s of CPU; %d pairs, %d of %d related ones%n",
        what,
        matrix.rows(),
        matrix.columns(),
        looked,
        (System.nanoTime() - start) / 1e9,
        TraceSweep.cpu() / 1e9 - startCpu,
        pairs.size(),
        right,
        matrix.rows() / 2);
  }
}
