package dev.loupe.instrument.influence;

import dev.loupe.model.training.SequenceGradients.MapSize;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A direction X in bytes, to be multiplied with an index's rows of bytes: {@code gᵀ X a}. The wider
 * of a row's two vectors is multiplied with X, which leaves little to do for the narrower. Each
 * column of that product has a step of its own, as each row of the index has.
 *
 * @param byGradients whether g is the wider
 * @param bytes X, {@code [out, columns]}, or its transpose without the bias, {@code [in, out]}
 * @param steps what the columns of {@code bytes} are multiplied by
 * @param bias the last column of X as it was, {@code [out]}; zeros without a bias
 */
record ByteDirection(MapSize size, boolean byGradients, Tensor bytes, Tensor steps, Tensor bias) {
  /**
   * Rounds a direction.
   *
   * @param direction X, {@code [out, columns]}
   */
  static ByteDirection of(Tensor direction, MapSize size) {
    boolean byGradients = size.outputs() > size.inputs();
    Tensor x = direction.to(DType.F32);
    KeptRows columns = KeptRows.of(byGradients ? x.transpose(0, 1) : x.slice(1, 0, size.inputs()));
    int count = columns.steps().length;
    Tensor bytes =
        Tensor.mapped(MemorySegment.ofArray(columns.values()), DType.I8, count, columns.width());
    return new ByteDirection(
        size,
        byGradients,
        bytes.transpose(0, 1).contiguous(),
        Tensor.of(columns.steps(), count),
        size.biased() ? x.select(1, size.inputs()) : Tensor.zeros(DType.F32, size.outputs()));
  }

  /** {@code gᵀ X a} of some rows, {@code [to - from]}. */
  Tensor scores(KeptRows.Mapped inputs, KeptRows.Mapped gradients, int from, int to) {
    Tensor a = inputs.bytes(from, to);
    Tensor g = gradients.bytes(from, to);
    Tensor products = (byGradients ? g : a).matmul(bytes);
    Tensor sums;
    if (byGradients) {
      sums =
          products
              .slice(1, 0, size.inputs())
              .times(a.to(DType.F32))
              .matmul(steps.slice(0, 0, size.inputs()))
              .timesInPlace(inputs.steps(from, to));
      if (size.biased()) {
        int last = size.inputs();
        sums.plusProductInPlace(products.select(1, last), steps.slice(0, last, last + 1), 1);
      }
    } else {
      Tensor wide = g.to(DType.F32);
      sums =
          products
              .timesInPlace(wide)
              .matmul(steps)
              .timesInPlace(inputs.steps(from, to))
              .plusInPlace(wide.matmul(bias));
    }
    return sums.timesInPlace(gradients.steps(from, to));
  }
}
