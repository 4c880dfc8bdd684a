package dev.loupe.model.training;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.List;

/**
 * Muon (Jordan et al. 2024) for the matrices of blocks: the gradient's average, with every singular
 * value brought near one by five Newton–Schulz steps. Query, key and value are three matrices.
 *
 * @param learningRate at its peak
 * @param momentum what the gradient's average keeps each step
 * @param weightDecay share of a weight lost each step, times the learning rate
 */
public record Muon(double learningRate, double momentum, double weightDecay) {
  /** The trial's settings. */
  public static final Muon DEFAULT = new Muon(0.02, 0.95, 0.02);

  private static final int STEPS = 5;
  private static final double A = 3.4445;
  private static final double B = -4.7750;
  private static final double C = 2.0315;

  /**
   * Checks the settings.
   *
   * @throws dev.loupe.fault.LoupeException if one is out of range
   */
  public Muon {
    Checks.positive("Muon's learning rate", learningRate);
    Checks.share("Muon's momentum", momentum);
    Checks.notNegative("Muon's weight decay", weightDecay);
  }

  /**
   * One step over the matrices of some layers.
   *
   * @param layers which
   * @param gradientFactor on the gradients
   * @param rateFactor on the learning rate
   */
  void update(Share layers, Training state, double gradientFactor, double rateFactor) {
    if (layers.from() == layers.to()) {
      return;
    }
    try (var _ = NativeScope.open()) {
      long count = layers.to() - layers.from();
      long width = state.weights().shape().width();
      Tensor attention = direction(Weight.QUERY_KEY_VALUE, layers, state, gradientFactor);
      Tensor out = direction(Weight.ATTENTION_OUT, layers, state, gradientFactor);
      Tensor up = direction(Weight.MLP_UP, layers, state, gradientFactor);
      Tensor down = direction(Weight.MLP_DOWN, layers, state, gradientFactor);
      DType dtype = state.narrow().dtype();
      Tensor squares = orthogonalised(Tensor.cat(List.of(threeMatrices(attention), out), 0), dtype);
      Tensor oblongs = orthogonalised(Tensor.cat(List.of(up, down.transpose(1, 2)), 0), dtype);

      double rate = learningRate * rateFactor;
      apply(
          state.weights().stacked(Weight.QUERY_KEY_VALUE).slice(0, layers.from(), layers.to()),
          squares
              .slice(0, 0, 3 * count)
              .reshape(count, 3, width, width)
              .permute(0, 2, 1, 3)
              .reshape(count, width, 3 * width),
          rate);
      apply(
          state.weights().stacked(Weight.ATTENTION_OUT).slice(0, layers.from(), layers.to()),
          squares.slice(0, 3 * count, 4 * count),
          rate);
      // As in the reference, a map to a wider space takes longer steps: by the root of the ratio.
      apply(
          state.weights().stacked(Weight.MLP_UP).slice(0, layers.from(), layers.to()),
          oblongs.slice(0, 0, count).times(2),
          rate);
      apply(
          state.weights().stacked(Weight.MLP_DOWN).slice(0, layers.from(), layers.to()),
          oblongs.slice(0, count, 2 * count).transpose(1, 2),
          rate);
    }
  }

  private void apply(Tensor weights, Tensor update, double rate) {
    weights.timesInPlace(1 - rate * weightDecay).plusInPlace(update.to(weights.dtype()), -rate);
  }

  /** The average with the newest gradient counted once more (Nesterov). */
  private Tensor direction(Weight weight, Share layers, Training state, double gradientFactor) {
    Tensor gradient =
        state
            .gradient()
            .stacked(weight)
            .slice(0, layers.from(), layers.to())
            .times(gradientFactor * (1 - momentum));
    Tensor average = state.mean().stacked(weight).slice(0, layers.from(), layers.to());
    average.timesInPlace(momentum).plusInPlace(gradient);
    return gradient.plusInPlace(average, momentum);
  }

  /** {@code [count, d_model, 3 · d_model]} to {@code [3 · count, d_model, d_model]}. */
  private static Tensor threeMatrices(Tensor fused) {
    long count = fused.size(0);
    long width = fused.size(1);
    return fused
        .reshape(count, width, 3, width)
        .permute(0, 2, 1, 3)
        .reshape(3 * count, width, width);
  }

  /**
   * The matrices with their singular values brought to between about 0.7 and 1.2.
   *
   * @param matrices {@code [count, rows, columns]}, no more rows than columns
   * @param dtype the type of the products
   */
  static Tensor orthogonalised(Tensor matrices, DType dtype) {
    Tensor lengths = matrices.square().sum(true, -2, -1).sqrt().plusInPlace(1e-7);
    Tensor result = matrices.dividedBy(lengths).to(dtype);
    for (int step = 0; step < STEPS; step++) {
      Tensor gram = result.matmul(result.transpose(1, 2));
      Tensor polynomial = gram.matmul(gram).timesInPlace(C).plusInPlace(gram, B);
      result = polynomial.matmul(result).plusInPlace(result, A);
    }
    return result;
  }
}
