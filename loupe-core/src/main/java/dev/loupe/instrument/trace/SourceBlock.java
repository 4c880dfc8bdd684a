package dev.loupe.instrument.trace;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Sources of edges that are propagated up together: what each has added to the stream, at the
 * positions from the first that one of them can change.
 */
final class SourceBlock implements AutoCloseable {
  private final int first;
  private final List<Run> runs = new ArrayList<>();
  private Tensor values;
  private int count;

  /**
   * Consecutive sources of one position whose edges stand side by side in a row.
   *
   * @param layer whose features they are, −1 for sources that write at one place only
   * @param position from which on they are seen
   * @param into where a row keeps their edges
   * @param from place of the first one there
   */
  record Run(int layer, int position, int count, Function<TargetRow, float[]> into, int from) {}

  /** A block of none, at the positions {@code [first, length)}. */
  SourceBlock(int first, int length, Tensor like) {
    this.first = first;
    this.values = Tensor.zeros(like.dtype(), length - first, 0, like.size(-1)).retain();
  }

  int first() {
    return first;
  }

  List<Run> runs() {
    return runs;
  }

  /** How many sources. */
  int count() {
    return count;
  }

  /** {@code [pos - first, source, d_model]}. */
  Tensor values() {
    return values;
  }

  /** What the sources have added at a position: {@code [source, d_model]}. */
  Tensor at(int position) {
    return values.select(0, position - first);
  }

  /**
   * Adds sources that write at their own positions only.
   *
   * @param rows what each run writes, {@code [source, d_model]}
   */
  void add(List<Run> added, List<Tensor> rows) {
    try (var _ = NativeScope.open()) {
      long width = values.size(2);
      int fresh = added.stream().mapToInt(Run::count).sum();
      Tensor written = Tensor.zeros(values.dtype(), values.size(0), fresh, width);
      long begin = 0;
      for (int i = 0; i < added.size(); i++) {
        Run run = added.get(i);
        MemorySegment bytes = rows.get(i).contiguous().segment();
        long place = (long) (run.position - first) * fresh + begin;
        written
            .segment()
            .asSlice(place * width * values.dtype().bytes(), bytes.byteSize())
            .copyFrom(bytes);
        begin += run.count;
      }
      append(added, written);
    }
  }

  /**
   * Adds sources that may write at all positions of the block.
   *
   * @param written {@code [pos - first, source, d_model]}
   */
  void append(List<Run> added, Tensor written) {
    Tensor joined = Tensor.cat(List.of(values, written), 1).retain();
    values.close();
    values = joined;
    runs.addAll(added);
    count += written.size(1);
  }

  @Override
  public void close() {
    values.close();
  }
}
