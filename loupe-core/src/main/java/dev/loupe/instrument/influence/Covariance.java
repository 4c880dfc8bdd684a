package dev.loupe.instrument.influence;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.training.BlockMap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The second moments of one linear map: A of its inputs and G of the gradients by its outputs, both
 * over all positions of all sequences (Grosse et al. 2023, §2.2). Sums are kept in float64.
 */
final class Covariance implements AutoCloseable {
  private final Moment input;
  private final Moment output;
  private long positions;

  /**
   * A sum of outer products. Rows wait until they are as many as wide, so that the sum, as large as
   * the width squared, is not read and written for every short document.
   */
  private static final class Moment {
    private final Tensor sum;
    private final List<Tensor> waiting = new ArrayList<>();
    private long rows;

    Moment(int width) {
      sum = Tensor.zeros(DType.F64, width, width).retain();
    }

    void add(Tensor some) {
      waiting.add(some.copy().retain());
      rows += some.size(0);
      if (rows >= sum.size(0)) {
        flush();
      }
    }

    /** Of all rows so far. */
    Tensor sum() {
      flush();
      return sum;
    }

    private void flush() {
      if (!waiting.isEmpty()) {
        try (var _ = NativeScope.open()) {
          Tensor all = Tensor.cat(waiting, 0);
          sum.plusInPlace(all.transpose(0, 1).matmul(all).to(DType.F64));
        }
      }
      close();
    }

    private void close() {
      waiting.forEach(Tensor::close);
      waiting.clear();
      rows = 0;
    }
  }

  Covariance(int columns, int outputs) {
    try (var _ = NativeScope.open()) {
      input = new Moment(columns);
      output = new Moment(outputs);
    }
  }

  /** Adds a batch: {@code [batch, pos, in]} and {@code [batch, pos, out]}. */
  void add(Tensor a, Tensor g) {
    Tensor rows = a.reshape(-1, a.size(2));
    input.add(rows);
    output.add(g.reshape(-1, g.size(2)));
    positions += rows.size(0);
  }

  /** A = E[a aᵀ], {@code [in + 1, in + 1]}. */
  Tensor ofInput() {
    return input.sum().times(1.0 / Math.max(1, positions));
  }

  /** G = E[g gᵀ], {@code [out, out]}, in nats². */
  Tensor ofOutput() {
    return output.sum().times(1.0 / Math.max(1, positions));
  }

  /**
   * Factors whose Λ is to be summed yet, in a given arithmetic.
   *
   * @param map for messages
   * @throws LoupeException if an input or a gradient was not finite
   */
  MapFactors eigenbasis(BlockMap map, DType dtype) {
    try (var _ = NativeScope.open()) {
      if (!input.sum().isFinite() || !output.sum().isFinite()) {
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
    for (Moment each : List.of(input, output)) {
      each.close();
      each.sum.close();
    }
  }
}
