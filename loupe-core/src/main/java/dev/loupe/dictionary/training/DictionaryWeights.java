package dev.loupe.dictionary.training;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.List;

/**
 * One number for each parameter of a dictionary, in one piece of memory: the weights themselves or
 * an average of the optimiser. Views belong to the open {@link NativeScope}.
 */
final class DictionaryWeights implements AutoCloseable {
  private final Layout layout;
  private final int features;
  private final Tensor flat;

  /** What a parameter is. */
  enum Part {
    /** {@code [n_features, d_model]}. */
    ENCODER,
    /** {@code [n_features]}. */
    ENCODER_BIAS,
    /** Logarithm of JumpReLU's threshold, {@code [n_features]}. */
    THRESHOLD,
    /** {@code [slots, n_features, d_model]}. */
    DECODER,
    /** {@code [d_model]}. */
    OUTPUT_BIAS,
    /** {@code [d_model out, d_model in]}. */
    SKIP
  }

  /** A range of the flat tensor, and its shape. */
  record Range(long from, List<Long> shape) {
    long to() {
      return from + shape.stream().reduce(1L, Math::multiplyExact);
    }

    long[] sizes() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  /** Zeros. */
  DictionaryWeights(Layout layout, int features, DType dtype) {
    this.layout = layout;
    this.features = features;
    try (var _ = NativeScope.open()) {
      this.flat = Tensor.zeros(dtype, layout.parameters(features)).retain();
    }
  }

  Layout layout() {
    return layout;
  }

  int features() {
    return features;
  }

  DType dtype() {
    return flat.dtype();
  }

  /** All of them, one axis. */
  Tensor flat() {
    return flat;
  }

  /** A parameter of a source or target. */
  Tensor of(Part part, int source) {
    return of(range(part, source));
  }

  /** The directions into one slot, {@code [n_features, d_model]}. */
  Tensor decoder(int source, int slot) {
    return of(decoderRange(source, slot));
  }

  private Tensor of(Range range) {
    return flat.slice(0, range.from(), range.to()).reshape(range.sizes());
  }

  Range decoderRange(int source, int slot) {
    Range all = range(Part.DECODER, source);
    long one = (long) features * layout.width();
    return new Range(all.from() + slot * one, List.of((long) features, (long) layout.width()));
  }

  /** The location of a parameter: source after source, its parts in the order of {@link Part}. */
  Range range(Part part, int source) {
    long from = 0;
    for (int before = 0; before < source; before++) {
      for (Part each : Part.values()) {
        from = new Range(from, shape(each, before)).to();
      }
    }
    for (Part each : Part.values()) {
      Range range = new Range(from, shape(each, source));
      if (each == part) {
        return range;
      }
      from = range.to();
    }
    throw new IllegalArgumentException(part + " of " + source);
  }

  private List<Long> shape(Part part, int source) {
    long width = layout.width();
    long all = features;
    return switch (part) {
      case ENCODER -> List.of(all, width);
      case ENCODER_BIAS, THRESHOLD -> List.of(all);
      case DECODER -> List.of((long) layout.slots(source), all, width);
      case OUTPUT_BIAS -> List.of(width);
      case SKIP -> List.of(layout.skip() ? width : 0, width);
    };
  }

  @Override
  public void close() {
    flat.close();
  }
}
