package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.family.WeightSource;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.TensorStore;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Weights of a safetensors checkpoint, used in place where it holds them in the type wanted. */
final class StoredWeights implements WeightSource {
  private final TensorStore store;
  private final Set<String> checked = new HashSet<>();

  StoredWeights(TensorStore store) {
    this.store = store;
  }

  @Override
  public Optional<long[]> shape(String name) {
    return store.find(name).map(StoredTensor::sizes);
  }

  @Override
  public long bytes(DType dtype) {
    return store.tensors().values().stream()
        .filter(tensor -> tensor.dtype() != dtype)
        .mapToLong(tensor -> Arrays.stream(tensor.sizes()).reduce(dtype.bytes(), (a, b) -> a * b))
        .sum();
  }

  @Override
  public boolean hasPrefix(String prefix) {
    return store.tensors().keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  @Override
  public Tensor load(String name, DType dtype) {
    StoredTensor stored = store.get(name);
    switch (stored.dtype()) {
      case F64, F32, BF16, F16 -> {}
      default ->
          throw LoupeException.badInput(
              "%s: tensor %s is stored as %s".formatted(origin(), name, stored.dtype()),
              "Weights must be F64, F32, BF16 or F16: convert the model, or choose another.");
    }
    if (checked.add(name) && stored.hasNonFinite()) {
      throw LoupeException.badInput(
          origin() + ": tensor " + name + " holds infinities or values that are not numbers",
          "The checkpoint is damaged: download it again.");
    }
    return Tensor.mapped(stored.bytes(), stored.dtype(), stored.sizes()).to(dtype);
  }

  @Override
  public String origin() {
    return store.origin();
  }

  @Override
  public void close() {
    store.close();
  }
}
