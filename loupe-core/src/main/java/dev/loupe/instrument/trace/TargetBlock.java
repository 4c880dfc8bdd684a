package dev.loupe.instrument.trace;

import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Targets that are swept together: their rows and one gradient over the positions that the latest
 * of them can see.
 */
final class TargetBlock implements AutoCloseable {
  private final List<TargetRow> rows = new ArrayList<>();
  private final int positions;
  private Tensor gradient;

  /** Takes over a retained {@code gradient [target, pos, d_model]}. */
  TargetBlock(List<TargetRow> rows, Tensor gradient) {
    this.rows.addAll(rows);
    this.positions = gradient.size(1);
    this.gradient = gradient;
  }

  List<TargetRow> rows() {
    return rows;
  }

  int positions() {
    return positions;
  }

  Tensor gradient() {
    return gradient;
  }

  long elements() {
    return gradient.count();
  }

  /** Adds the targets of another block over the same positions, which it empties. */
  void absorb(TargetBlock other) {
    Tensor joined = Tensor.cat(List.of(gradient, other.gradient), 0).retain();
    gradient.close();
    other.gradient.close();
    gradient = joined;
    rows.addAll(other.rows);
  }

  @Override
  public void close() {
    gradient.close();
  }
}
