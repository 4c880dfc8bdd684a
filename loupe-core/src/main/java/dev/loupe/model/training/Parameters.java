package dev.loupe.model.training;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One number for each parameter of a network, in one piece of memory: the weights themselves, their
 * gradients, or an optimiser's averages. What is done to all of them is then one operation.
 */
final class Parameters implements AutoCloseable {
  private final ModelShape shape;
  private final Tensor flat;
  private final Map<Weight, Tensor> stacked = new EnumMap<>(Weight.class);
  private final Map<Weight, List<Tensor>> single = new EnumMap<>(Weight.class);

  /** Zeros. */
  Parameters(ModelShape shape, DType dtype) {
    this.shape = shape;
    try (var _ = NativeScope.open()) {
      flat = Tensor.zeros(dtype, shape.parameters()).retain();
      for (Weight weight : Weight.values()) {
        addViews(weight);
      }
    }
  }

  private void addViews(Weight weight) {
    long from = weight.offset(shape);
    long[] sizes = weight.sizes(shape);
    long[] all = new long[sizes.length + 1];
    all[0] = weight.copies(shape);
    System.arraycopy(sizes, 0, all, 1, sizes.length);
    Tensor together = flat.slice(0, from, from + weight.count(shape)).reshape(all);
    stacked.put(weight, together.retain());
    List<Tensor> apart = new ArrayList<>();
    for (int layer = 0; layer < all[0]; layer++) {
      apart.add(together.select(0, layer).retain());
    }
    single.put(weight, List.copyOf(apart));
  }

  ModelShape shape() {
    return shape;
  }

  DType dtype() {
    return flat.dtype();
  }

  /** All of them, one axis. */
  Tensor flat() {
    return flat;
  }

  /** Those of all layers, {@code [n_layers, …]}; a view. */
  Tensor stacked(Weight weight) {
    return of(stacked.get(weight));
  }

  /** One weight of a layer; a view. */
  Tensor of(Weight weight, int layer) {
    List<Tensor> copies = single.get(weight);
    if (copies == null) {
      throw new IllegalStateException("closed");
    }
    return copies.get(layer);
  }

  /** A weight outside the blocks; a view. */
  Tensor of(Weight weight) {
    return of(weight, 0);
  }

  private static Tensor of(@Nullable Tensor tensor) {
    if (tensor == null) {
      throw new IllegalStateException("closed");
    }
    return tensor;
  }

  @Override
  public void close() {
    single.values().forEach(copies -> copies.forEach(Tensor::close));
    stacked.values().forEach(Tensor::close);
    single.clear();
    stacked.clear();
    flat.close();
  }
}
