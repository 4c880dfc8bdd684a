package dev.loupe.instrument.features;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.TensorStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Named arrays outside the heap. Their bytes are those of a safetensors file, so that a state is
 * saved and found again without a conversion.
 */
final class Columns implements AutoCloseable {
  private final Arena arena;
  private final List<StoredTensor> columns = new ArrayList<>();

  @SuppressWarnings("MustBeClosedChecker") // the object owns the arena; close() ends it
  Columns() {
    this.arena = Arena.ofShared();
  }

  /** An array of zeros. */
  MemorySegment add(String name, DType dtype, long... shape) {
    long bytes = bytes(dtype, shape);
    MemorySegment segment;
    try {
      segment = arena.allocate(bytes, Long.BYTES);
    } catch (OutOfMemoryError e) {
      throw LoupeException.resource(
          String.format(
              Locale.ROOT, "%s needs %,d bytes, more than this machine has left", name, bytes),
          "Index fewer layers, or keep fewer examples.",
          e);
    }
    List<Long> sizes = Arrays.stream(shape).boxed().collect(Collectors.toList());
    columns.add(new StoredTensor(name, dtype, sizes, segment));
    return segment;
  }

  static long bytes(DType dtype, long... shape) {
    return Arrays.stream(shape).reduce(dtype.bytes(), Math::multiplyExact);
  }

  /** Adds all of them to a file. */
  void writeTo(SafetensorsWriter writer) {
    columns.forEach(writer::add);
  }

  /**
   * Fills all of them from a file.
   *
   * @throws LoupeException if one is missing, or has another type or shape
   */
  void readFrom(TensorStore file) {
    for (StoredTensor column : columns) {
      StoredTensor stored = file.tensors().get(column.name());
      if (stored == null
          || stored.dtype() != column.dtype()
          || !stored.shape().equals(column.shape())) {
        throw FeatureStore.damaged(
            file.origin(),
            "%s is %s, not %s %s"
                .formatted(
                    column.name(),
                    stored == null ? "missing" : stored.dtype() + " " + stored.shape(),
                    column.dtype(),
                    column.shape()));
      }
      column.bytes().copyFrom(stored.bytes());
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
