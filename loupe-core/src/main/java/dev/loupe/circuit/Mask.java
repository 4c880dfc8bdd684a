package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * A mask over features that is learned: each has a gate of the hard concrete distribution (Louizos,
 * Welling and Kingma 2018, section 2.2), and what is made small is the mean square of the metric's
 * distance from the model's own, pair by pair and as a share of m(M) − m(∅), plus a weight times
 * the expected number of open gates. The weight rises while that distance is smaller than allowed,
 * and falls while it is larger.
 */
final class Mask {
  /** Steps of Adam. */
  static final int STEPS = 240;

  /** Pairs of one length that are run in a step. */
  static final int AT_ONCE = 16;

  /** β, γ and ζ of the paper. */
  private static final double TEMPERATURE = 2.0 / 3;

  private static final double LEAST = -0.1;
  private static final double MOST = 1.1;

  /** Where the logits begin: gates are all but open. */
  private static final double START = 2;

  private static final double RATE = 0.15;
  private static final double MEMORY = 0.9;
  private static final double SQUARE_MEMORY = 0.98;

  /** The weight of a gate at first, in squares of the distance that is allowed. */
  private static final double WEIGHT = 0.04;

  private static final double WEIGHT_STEP = 1.03;

  private final GatedRuns runs;
  private final List<Prepared.Item> items;
  private final double[] own;
  private final double scale;
  private final double allowed;
  private final Random random;

  /**
   * A mask over all candidates of some runs.
   *
   * @param own the model's metric, by pair
   * @param scale m(M) − m(∅)
   * @param allowed the distance that is allowed, as a share of the scale
   */
  Mask(
      GatedRuns runs,
      List<Prepared.Item> items,
      double[] own,
      double scale,
      double allowed,
      long seed) {
    this.runs = runs;
    this.items = items;
    this.own = own;
    this.scale = scale;
    this.allowed = allowed;
    this.random = new Random(seed);
  }

  /** The candidates, those whose gates are most likely open first. */
  List<FeatureId> order(LongConsumer done) {
    List<FeatureId> candidates = runs.candidates();
    double[] logits = new double[candidates.size()];
    Arrays.fill(logits, START);
    Adam adam = new Adam(logits);
    double weight = WEIGHT;
    double distance = 1;
    for (int step = 1; step <= STEPS; step++) {
      double[] noise = noise(logits);
      double[] gates = Arrays.stream(noise).map(Mask::gate).toArray();
      List<Integer> some = batch();
      double[] off = new double[some.size()];
      double[] slopes =
          runs.slopes(
              some.stream().map(items::get).toList(),
              gates,
              values -> {
                Arrays.setAll(off, i -> (values[i] - own[some.get(i)]) / scale);
                return Arrays.stream(off).map(each -> 2 * each / scale / off.length).toArray();
              });
      double now = Arrays.stream(off).map(each -> each * each).average().orElseThrow();
      distance = step == 1 ? now : MEMORY * distance + (1 - MEMORY) * now;
      weight *= distance < allowed * allowed ? WEIGHT_STEP : 1 / WEIGHT_STEP;
      for (int i = 0; i < slopes.length; i++) {
        double open = sigmoid(logits[i] - TEMPERATURE * Math.log(-LEAST / MOST));
        double stretched = stretched(noise[i]);
        double through =
            stretched > 0 && stretched < 1
                ? (MOST - LEAST) * noise[i] * (1 - noise[i]) / TEMPERATURE
                : 0;
        slopes[i] = slopes[i] * through / (allowed * allowed) + weight * open * (1 - open);
      }
      adam.step(slopes);
      done.accept(step);
    }
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]))
        .map(candidates::get)
        .toList();
  }

  /** A draw of the concrete distribution for each gate. */
  private double[] noise(double[] logits) {
    double edge = 1e-6;
    double[] noise = new double[logits.length];
    for (int i = 0; i < noise.length; i++) {
      double uniform = Math.clamp(random.nextDouble(), edge, 1 - edge);
      noise[i] = sigmoid((Math.log(uniform / (1 - uniform)) + logits[i]) / TEMPERATURE);
    }
    return noise;
  }

  private static double stretched(double noise) {
    return noise * (MOST - LEAST) + LEAST;
  }

  private static double gate(double noise) {
    return Math.clamp(stretched(noise), 0, 1);
  }

  /** Some pairs of one length. */
  private List<Integer> batch() {
    int length = items.get(random.nextInt(items.size())).pair().length();
    List<Integer> same = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).pair().length() == length) {
        same.add(i);
      }
    }
    Collections.shuffle(same, random);
    return same.subList(0, Math.min(AT_ONCE, same.size()));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** Adam (Kingma and Ba 2015), in place. */
  private static final class Adam {
    private final double[] values;
    private final double[] mean;
    private final double[] square;
    private int steps;

    Adam(double[] values) {
      this.values = values;
      this.mean = new double[values.length];
      this.square = new double[values.length];
    }

    void step(double[] slopes) {
      steps++;
      double meanCorrection = 1 - Math.pow(MEMORY, steps);
      double squareCorrection = 1 - Math.pow(SQUARE_MEMORY, steps);
      for (int i = 0; i < values.length; i++) {
        mean[i] += (1 - MEMORY) * (slopes[i] - mean[i]);
        square[i] += (1 - SQUARE_MEMORY) * (slopes[i] * slopes[i] - square[i]);
        double size = Math.sqrt(square[i] / squareCorrection) + 1e-12;
        values[i] -= RATE * mean[i] / meanCorrection / size;
      }
    }
  }
}
