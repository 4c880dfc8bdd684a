package dev.loupe.instrument.trace;

import dev.loupe.model.run.FirstAttention;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The targets that a sweep has on its way, in blocks over as many positions as they see. */
final class TargetBlocks implements AutoCloseable {
  /**
   * Blocks of targets grow up to this many gradient elements, to bound what joining them copies.
   */
  private static final long BLOCK_ELEMENTS = 1L << 21;

  private final int length;
  private final int width;

  /** Positions whose targets share a block. */
  private final int stretch;

  private final List<TargetBlock> blocks = new ArrayList<>();

  /** Blocks before this one take up no new targets. */
  private int firstOpen;

  /**
   * @param length of the prompt
   * @param width d_model
   * @param many whether so many targets are to come that blocks over few positions fill up
   */
  TargetBlocks(int length, int width, boolean many) {
    this.length = length;
    this.width = width;
    this.stretch = many ? LowerLayers.stretch(length) : Math.max(4, (length + 7) / 8);
  }

  /** All blocks; the list may be changed. */
  List<TargetBlock> blocks() {
    return blocks;
  }

  /** Targets that are added meanwhile get blocks of their own, at the end. */
  void apart(Runnable adding) {
    firstOpen = blocks.size();
    adding.run();
    firstOpen = 0;
  }

  /**
   * Adds targets by rising position, whose gradients {@code [target, d_model]} start each at its
   * own. Those that see about as far share a block, so that joining blocks copies each only once a
   * layer.
   */
  void add(List<TargetRow> targets, Tensor start) {
    int from = 0;
    while (from < targets.size()) {
      int seen = seen(targets.get(from).position);
      long most = Math.max(1, BLOCK_ELEMENTS / ((long) seen * width));
      int to = from + 1;
      while (to < targets.size() && to - from < most && seen(targets.get(to).position) == seen) {
        to++;
      }
      addBlock(List.copyOf(targets.subList(from, to)), start.slice(0, from, to), seen);
      from = to;
    }
  }

  /**
   * As {@link #add}, the gradients taken through their first attention.
   *
   * @param start {@code [target, d_model]}, by the stream after that attention
   */
  void addSpread(List<TargetRow> targets, Tensor start, FirstAttention attention) {
    List<int[]> groups = groups(targets);
    List<Tensor> gradients =
        attention.down(
            groups.stream()
                .map(group ->
                    new FirstAttention.At(
                        targets.get(group[0]).position, start.slice(0, group[0], group[1])))
                .toList(),
            this::seen);
    for (int i = 0; i < gradients.size(); i++) {
      List<TargetRow> rows = targets.subList(groups.get(i)[0], groups.get(i)[1]);
      join(new TargetBlock(rows, gradients.get(i).retain()));
    }
  }

  /** Adds a target that reads at many positions, whose gradient is {@code [pos, 1, d_model]}. */
  void addWhole(TargetRow target, Tensor start) {
    Tensor gradient = Tensor.zeros(start.dtype(), length, 1, width).retain();
    gradient.slice(0, 0, start.size(0)).copyInPlace(start);
    join(new TargetBlock(List.of(target), gradient));
  }

  /** The ranges {@code [from, to)} of targets by rising position that share one. */
  static List<int[]> groups(List<TargetRow> targets) {
    List<int[]> groups = new ArrayList<>();
    int from = 0;
    for (int to = 1; to <= targets.size(); to++) {
      if (to == targets.size() || targets.get(to).position != targets.get(from).position) {
        groups.add(new int[] {from, to});
        from = to;
      }
    }
    return groups;
  }

  /** How many positions the gradient of a target spans: what it sees, rounded up. */
  private int seen(int position) {
    return Math.min(length, (position / stretch + 1) * stretch);
  }

  private void addBlock(List<TargetRow> targets, Tensor start, int positions) {
    Tensor gradient = Tensor.zeros(start.dtype(), positions, targets.size(), width).retain();
    for (int t = 0; t < targets.size(); t++) {
      gradient.select(0, targets.get(t).position).select(0, t).copyInPlace(start.select(0, t));
    }
    join(new TargetBlock(targets, gradient));
  }

  private void join(TargetBlock added) {
    for (TargetBlock block : blocks.subList(firstOpen, blocks.size())) {
      if (block.positions() == added.positions()
          && block.elements() + added.elements() <= BLOCK_ELEMENTS) {
        block.absorb(added);
        return;
      }
    }
    blocks.add(added);
  }

  /** Frees the gradients. */
  @Override
  public void close() {
    blocks.forEach(TargetBlock::close);
    blocks.clear();
  }
}
