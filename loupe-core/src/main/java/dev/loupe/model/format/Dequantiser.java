package dev.loupe.model.format;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.ParallelRanges;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Expands stored rows to float32, on all cores. Any run of rows can be expanded alone, so that
 * weights may stay quantised and be expanded one layer at a time.
 */
public final class Dequantiser {
  /**
   * Elements expanded at a time, a multiple of every block size: stays in the first-level cache.
   */
  private static final int PIECE = 4096;

  /** Elements for which it pays to wake another core. */
  private static final long GRAIN = 1 << 17;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private Dequantiser() {}

  /**
   * Rows {@code from} (inclusive) to {@code to} (exclusive) of the result.
   *
   * @param order which stored row becomes which row of the result
   * @param destination room for exactly {@code (to - from) * rowLength} float32, native byte order
   * @throws LoupeException if the storage type cannot be expanded
   */
  public static void expand(
      GgufTensor tensor, long from, long to, RowOrder order, MemorySegment destination) {
    if (from < 0 || to < from || to > tensor.rows()) {
      throw new IndexOutOfBoundsException(
          "rows " + from + " to " + to + " of " + tensor.rows() + " in " + tensor.name());
    }
    long rowBytes = Math.multiplyExact(tensor.rowLength(), Float.BYTES);
    if (destination.byteSize() != Math.multiplyExact(to - from, rowBytes)) {
      throw new IllegalArgumentException(
          "destination has "
              + destination.byteSize()
              + " bytes, needs "
              + (to - from)
              + " rows of "
              + rowBytes);
    }
    BlockDecoder decoder = BlockDecoder.of(tensor.type());
    long grain = Math.max(1, GRAIN / Math.max(1, tensor.rowLength()));
    ParallelRanges.runInto(
        destination,
        to - from,
        grain,
        (first, last) -> {
          Scratch scratch = new Scratch(tensor, decoder, destination);
          for (long row = first; row < last; row++) {
            scratch.row(order.storedRow(from + row), row * rowBytes);
          }
        });
  }

  /** As {@link #expand(GgufTensor, long, long, RowOrder, MemorySegment)}, all rows. */
  public static void expand(GgufTensor tensor, RowOrder order, MemorySegment destination) {
    expand(tensor, 0, tensor.rows(), order, destination);
  }

  /**
   * All rows in a new array.
   *
   * @throws LoupeException if the storage type cannot be expanded, or there are more elements than
   *     a Java array holds
   */
  public static float[] toFloats(GgufTensor tensor, RowOrder order) {
    if (tensor.elements() > Integer.MAX_VALUE - 8) {
      throw LoupeException.resource(
          "tensor "
              + tensor.name()
              + " has "
              + tensor.elements()
              + " elements, too many for one"
              + " array",
          "Expand it in runs of rows.");
    }
    float[] values = new float[(int) tensor.elements()];
    expand(tensor, order, MemorySegment.ofArray(values));
    return values;
  }

  /** As {@link #toFloats(GgufTensor, RowOrder)}, rows as they are stored. */
  public static float[] toFloats(GgufTensor tensor) {
    return toFloats(tensor, RowOrder.AS_STORED);
  }

  /** The buffers of one thread. */
  private static final class Scratch {
    private final GgufTensor tensor;
    private final BlockDecoder decoder;
    private final MemorySegment destination;
    private final int piece;
    private final byte[] blocks;
    private final float[] values;

    Scratch(GgufTensor tensor, BlockDecoder decoder, MemorySegment destination) {
      this.tensor = tensor;
      this.decoder = decoder;
      this.destination = destination;
      this.piece = (int) Math.min(PIECE, tensor.rowLength());
      this.blocks = new byte[Math.toIntExact(tensor.type().bytes(piece))];
      this.values = new float[piece];
    }

    void row(long row, long to) {
      long at = tensor.type().bytes(row * tensor.rowLength());
      for (long done = 0; done < tensor.rowLength(); done += piece) {
        int count = (int) Math.min(piece, tensor.rowLength() - done);
        int bytes = Math.toIntExact(tensor.type().bytes(count));
        MemorySegment.copy(tensor.bytes(), ValueLayout.JAVA_BYTE, at, blocks, 0, bytes);
        decoder.decode(blocks, count / tensor.type().blockElements(), values);
        MemorySegment.copy(values, 0, destination, FLOAT, to + done * Float.BYTES, count);
        at += bytes;
      }
    }
  }
}
