package dev.loupe.instrument.influence;

import dev.loupe.tensor.Tensor;
import java.util.List;

/** The coordinate 1 after a map's input, so that the bias is the last column of its weights. */
final class Homogeneous {
  private Homogeneous() {}

  /** {@code [batch, pos, in]} to {@code [batch, pos, in + 1]}. */
  static Tensor of(Tensor input) {
    Tensor one = Tensor.zeros(input.dtype(), input.size(0), input.size(1), 1).fillInPlace(1);
    return Tensor.cat(List.of(input, one), 2);
  }
}
