package dev.loupe.instrument.influence;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The eigenvectors of a second-moment matrix, or of the blocks on its diagonal: a matrix of width n
 * takes n² numbers and its decomposition n³ operations, so that wide ones are taken as
 * block-diagonal (Grosse et al. 2023, §2.2 and appendix A).
 *
 * @param blocks columns are eigenvectors, {@code [width, width]} each, from the first row on
 */
record Eigenbasis(List<Tensor> blocks) implements AutoCloseable {
  /** Matrices at most this wide stay whole, unless asked otherwise. */
  static final int WIDEST = 4096;

  Eigenbasis {
    blocks = List.copyOf(blocks);
  }

  /** Widths of as few blocks as are needed, about equal. */
  static List<Integer> widths(int width, int widest) {
    int count = Math.max(1, Math.ceilDiv(width, widest));
    List<Integer> widths = new ArrayList<>();
    for (int block = 0; block < count; block++) {
      widths.add((int) ((block + 1L) * width / count - (long) block * width / count));
    }
    return widths;
  }

  /** Of blocks that a scope owns. */
  static Eigenbasis retain(List<Tensor> blocks) {
    return new Eigenbasis(blocks.stream().map(Tensor::retain).toList());
  }

  int width() {
    return blocks.stream().mapToInt(block -> block.size(0)).sum();
  }

  /** Rows in this basis, {@code rows · Q}, along their last axis. */
  Tensor into(Tensor rows) {
    return each(rows, block -> block);
  }

  /** Back from this basis, {@code rows · Qᵀ}. */
  Tensor outOf(Tensor rows) {
    return each(rows, block -> block.transpose(0, 1));
  }

  private Tensor each(Tensor rows, UnaryOperator<Tensor> way) {
    if (blocks.size() == 1) {
      return rows.matmul(way.apply(blocks.getFirst()));
    }
    int axis = rows.rank() - 1;
    List<Tensor> parts = new ArrayList<>();
    int from = 0;
    try (var scope = NativeScope.open()) {
      for (Tensor block : blocks) {
        parts.add(rows.slice(axis, from, from + block.size(0)).matmul(way.apply(block)));
        from += block.size(0);
      }
      return scope.keep(Tensor.cat(parts, axis));
    }
  }

  @Override
  public void close() {
    blocks.forEach(Tensor::close);
  }
}
