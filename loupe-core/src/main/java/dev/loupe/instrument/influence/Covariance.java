package dev.loupe.instrument.influence;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.training.BlockMap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;

/**
 * The second moments of one linear map: A of its inputs and G of the gradients by its outputs, both
 * over all positions of all sequences (Grosse et al. 2023, §2.2). Sums are kept in float64.
 */
final class Covariance implements AutoCloseable {
  private final Tensor input;
  private final Tensor output;
  private long positions;

  Covariance(int columns, int outputs) {
    try (var _ = NativeScope.open()) {
      input = Tensor.zeros(DType.F64, columns, columns).retain();
      output = Tensor.zeros(DType.F64, outputs, outputs).retain();
    }
  }

  /** Adds a batch: {@code [batch, pos, in]} and {@code [batch, pos, out]}. */
  void add(Tensor a, Tensor g) {
    Tensor rows = a.reshape(-1, a.size(2));
    Tensor gradients = g.reshape(-1, g.size(2));
    input.plusInPlace(rows.transpose(0, 1).matmul(rows).to(DType.F64));
    output.plusInPlace(gradients.transpose(0, 1).matmul(gradients).to(DType.F64));
    positions += rows.size(0);
  }

  /** A = E[a aᵀ], {@code [in + 1, in + 1]}. */
  Tensor ofInput() {
    return input.times(1.0 / Math.max(1, positions));
  }

  /** G = E[g gᵀ], {@code [out, out]}, in nats². */
  Tensor ofOutput() {
    return output.times(1.0 / Math.max(1, positions));
  }

  /**
   * Factors whose Λ is to be summed yet, in a given arithmetic.
   *
   * @param map for messages
   * @throws LoupeException if an input or a gradient was not finite
   */
  MapFactors eigenbasis(BlockMap map, DType dtype) {
    try (var _ = NativeScope.open()) {
      if (!input.isFinite() || !output.isFinite()) {
        throw LoupeException.badInput(
            map.name() + ": inputs or gradients on this corpus are not finite numbers",
            "Open the model in float64 (`dtype`); if that fails too, its weights are damaged.");
      }
      Eigen a = Eigen.of(ofInput());
      Eigen g = Eigen.of(ofOutput());
      return MapFactors.retain(
          a.vectors().to(dtype),
          g.vectors().to(dtype),
          Tensor.zeros(DType.F64, g.values().count(), a.values().count()));
    }
  }

  @Override
  public void close() {
    input.close();
    output.close();
  }
}
