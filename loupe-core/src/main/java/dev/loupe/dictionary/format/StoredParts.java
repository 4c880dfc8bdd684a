package dev.loupe.dictionary.format;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * The parts of a layer as a format writes them: under its names, in its layout, large matrices in
 * the element type in which they are stored. Tensors belong to the open {@link NativeScope}.
 */
final class StoredParts {
  private StoredParts() {}

  static StoredTensor named(String name, StoredTensor stored) {
    return new StoredTensor(name, stored.dtype(), stored.shape(), stored.bytes());
  }

  static StoredTensor named(String name, Tensor tensor) {
    Tensor dense = tensor.contiguous();
    return new StoredTensor(
        name, dense.dtype(), Arrays.stream(dense.shape()).boxed().toList(), dense.segment());
  }

  /** {@code [n_features, d_model]}. */
  static StoredTensor rows(String name, StoredRows rows) {
    return rows.layout() == StoredRows.Layout.ROWS
        ? named(name, rows.tensor())
        : named(name, rows.view());
  }

  /** {@code [d_model, n_features]}. */
  static StoredTensor columns(String name, StoredRows rows) {
    return rows.layout() == StoredRows.Layout.COLUMNS
        ? named(name, rows.tensor())
        : named(name, rows.view().transpose(0, 1));
  }

  /**
   * The encoder's bias for a format that subtracts the output bias from what is read, or one that
   * does not: as stored where it already fits, else worked out in float64.
   */
  static StoredTensor encoderBias(String name, Dictionary dictionary, int layer, boolean centred) {
    DictionaryLayer parts = dictionary.parts(layer);
    if (parts.centred() == centred) {
      return named(name, parts.encoderBias());
    }
    // Centred, h = W (x - c) + b: without centring the bias is h at 0; the other way, h at c.
    Dictionary exact = dictionary.computingIn(DType.F64);
    Tensor at =
        centred ? exact.bias(layer).unsqueeze(0) : Tensor.zeros(DType.F64, 1, parts.widthIn());
    return named(name, exact.preActivations(layer, at).squeeze(0).to(DType.F32));
  }

  /** One threshold a feature; empty where the selection has none, as in TopK. */
  static Optional<StoredTensor> thresholds(String name, DictionaryLayer parts) {
    return switch (parts.selection()) {
      case Selection.Relu _ -> Optional.of(named(name, Tensor.zeros(DType.F32, parts.features())));
      case Selection.JumpRelu(StoredTensor each) -> Optional.of(named(name, each));
      case Selection.BatchTopK(int _, double threshold) ->
          Optional.of(
              named(name, Tensor.zeros(DType.F32, parts.features()).plusInPlace(threshold)));
      case Selection.TopK _ -> Optional.empty();
    };
  }
}
