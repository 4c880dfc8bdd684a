package dev.loupe.model.training;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * The weights with which a training from a seed begins. Matrices of blocks are normal with the
 * deviation {@code blocks}, those that write to the stream with it divided by √(2 · n_layers) as in
 * GPT-2; biases are 0, gains 1.
 *
 * <p>The positions are sinusoids on the first half of the dimensions, 0 on the rest: random rows of
 * the embedding's size would dominate the tokens until training reduces them.
 *
 * @param embedding standard deviation of the embedding; 0.02 as in GPT-2 learned to copy rare words
 *     far later than 0.1
 * @param positions amplitude of the sinusoids
 * @param blocks standard deviation of the block matrices
 */
public record Initialisation(double embedding, double positions, double blocks) {
  /** The best setting in trials of small networks. */
  public static final Initialisation DEFAULT = new Initialisation(0.1, 0.2, 0.02);

  /**
   * Checks the settings.
   *
   * @throws dev.loupe.fault.LoupeException if one is out of range
   */
  public Initialisation {
    Checks.positive("the embedding's deviation", embedding);
    Checks.notNegative("the positions' amplitude", positions);
    Checks.positive("the matrices' deviation", blocks);
  }

  /** Fills float32 weights; the same for the same seed on every machine. */
  void fill(Parameters weights, long seed) {
    ModelShape shape = weights.shape();
    SplittableRandom random = new SplittableRandom(seed);
    double towardsStream = blocks / Math.sqrt(2.0 * shape.layers());
    for (Weight weight : Weight.values()) {
      Tensor values = weights.stacked(weight);
      switch (weight) {
        case QUERY_KEY_VALUE, MLP_UP -> normal(values, random, blocks);
        case ATTENTION_OUT, MLP_DOWN -> normal(values, random, towardsStream);
        case EMBEDDING -> normal(values, random, embedding);
        case POSITIONS -> sinusoids(values, shape);
        case ATTENTION_NORM_GAIN, MLP_NORM_GAIN, FINAL_NORM_GAIN -> values.fillInPlace(1);
        case ATTENTION_NORM_BIAS,
            QUERY_KEY_VALUE_BIAS,
            ATTENTION_OUT_BIAS,
            MLP_NORM_BIAS,
            MLP_UP_BIAS,
            MLP_DOWN_BIAS,
            FINAL_NORM_BIAS ->
            values.fillInPlace(0);
      }
    }
  }

  private static void normal(Tensor values, SplittableRandom random, double deviation) {
    MemorySegment segment = values.segment();
    for (long i = 0; i < values.count(); i++) {
      double value = deviation * random.nextGaussian();
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
    }
  }

  private void sinusoids(Tensor values, ModelShape shape) {
    MemorySegment segment = values.segment();
    int frequencies = shape.width() / 4;
    for (int position = 0; position < shape.context(); position++) {
      for (int i = 0; i < frequencies; i++) {
        double angle = position * Math.pow(10_000, -(double) i / frequencies);
        long at = (long) position * shape.width() + 2L * i;
        segment.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) (positions * StrictMath.sin(angle)));
        segment.setAtIndex(
            ValueLayout.JAVA_FLOAT, at + 1, (float) (positions * StrictMath.cos(angle)));
      }
    }
  }
}
