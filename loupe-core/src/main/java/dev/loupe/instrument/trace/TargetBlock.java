package dev.loupe.instrument.trace;

import dev.loupe.model.run.FrozenLinear;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Targets that are swept together: their rows and one gradient over the positions that the latest
 * of them can see.
 */
final class TargetBlock implements AutoCloseable {
  private final List<TargetRow> rows = new ArrayList<>();
  private final int positions;
  private Tensor gradient;

  /** Takes over a retained {@code gradient [pos, target, d_model]}. */
  TargetBlock(List<TargetRow> rows, Tensor gradient) {
    this.rows.addAll(rows);
    this.positions = gradient.size(0);
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

  /** A target's values at the positions up to its own, out of {@code values [pos, target]}. */
  float[] upTo(int position, float[] values, int target) {
    float[] own = new float[position + 1];
    for (int p = 0; p <= position; p++) {
      own[p] = values[p * rows.size() + target];
    }
    return own;
  }

  /** Adds shares of a layer's constants, {@code [target]}, to where the rows keep them. */
  void addConstants(Tensor constants, Function<TargetRow, float[]> biases, int layer) {
    float[] shares = constants.toFloats();
    for (int t = 0; t < shares.length; t++) {
      TargetRow row = rows.get(t);
      biases.apply(row)[layer] += shares[t];
      row.mass += Math.abs(shares[t]);
    }
  }

  /** Reads the contributions of tokens, positions and the embedding's constants. */
  void finish(FrozenLinear linear) {
    FrozenLinear.Embedded embedded = linear.atEmbedding(gradient);
    float[] tokens = embedded.tokens().toFloats();
    Tensor learned = embedded.positions();
    float[] places = learned == null ? new float[0] : learned.toFloats();
    float[] constants = embedded.constants().toFloats();
    for (int t = 0; t < rows.size(); t++) {
      TargetRow row = rows.get(t);
      row.tokens = upTo(row.position, tokens, t);
      if (learned != null) {
        row.positions = upTo(row.position, places, t);
      }
      row.embeddingBias = constants[t];
    }
  }

  long elements() {
    return gradient.count();
  }

  /** Adds the targets of another block over the same positions, which it empties. */
  void absorb(TargetBlock other) {
    Tensor joined = Tensor.cat(List.of(gradient, other.gradient), 1).retain();
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
