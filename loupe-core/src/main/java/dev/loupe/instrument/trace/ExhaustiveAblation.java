package dev.loupe.instrument.trace;

import dev.loupe.model.KeyValueCache;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.function.DoubleConsumer;

/**
 * What ablating each MLP neuron of a run does to one logit in the real model: every neuron at every
 * position is set to 0 in its own run, nothing frozen, nothing estimated.
 *
 * <p>Such a run differs from the plain one only from its layer and its position on. Many of them go
 * through the rest of the model in one batch, and read what lies before from the plain run's keys
 * and values.
 */
public final class ExhaustiveAblation {
  /** Tokens run in one batch, which bounds memory. */
  private static final int TOKENS_AT_ONCE = 2048;

  private final Transformer model;
  private final int[] ids;
  private final NeuronGrid grid;

  /**
   * An ablation of the run over a prompt.
   *
   * @param ids of the prompt; the logit is that of the token after the last one
   */
  public ExhaustiveAblation(Transformer model, int... ids) {
    this.model = model;
    this.ids = ids.clone();
    this.grid = NeuronGrid.of(model.config(), ids.length);
  }

  /** What was measured, by the neurons' numbers in {@link #grid}. */
  public static final class Effects {
    private final double[] activations;
    private final double[] changes;

    private Effects(int size) {
      this.activations = new double[size];
      this.changes = new double[size];
    }

    /** What the neurons hold in the plain run. */
    public double[] activations() {
      return activations.clone();
    }

    /** Changes of the logit when a neuron is set to 0. */
    public double[] changes() {
      return changes.clone();
    }
  }

  /** Which neurons are ablated. */
  public NeuronGrid grid() {
    return grid;
  }

  /**
   * Measures all.
   *
   * @param token whose logit is asked for, before any soft cap
   * @param against the token whose logit is subtracted, or −1 for the mean of all logits
   * @param progress receives which share of the work is done
   */
  public Effects run(int token, int against, DoubleConsumer progress) {
    Effects effects = new Effects(grid.size());
    double all = work();
    double done = 0;
    try (var _ = NativeScope.open();
        PlainRun plain = PlainRun.of(model, ids)) {
      Tensor direction = direction(token, against);
      for (int layer = 0; layer < grid.layers(); layer++) {
        for (int position = grid.firstPosition(layer); position < ids.length; position++) {
          int first = grid.index(layer, position, 0);
          double[] held = plain.neurons(layer).select(0, position).toDoubles();
          System.arraycopy(held, 0, effects.activations, first, held.length);
          int atOnce = atOnce(position);
          for (int from = 0; from < grid.units(); from += atOnce) {
            int to = Math.min(grid.units(), from + atOnce);
            double[] changes = changes(plain, layer, position, from, to, direction);
            System.arraycopy(changes, 0, effects.changes, first + from, changes.length);
          }
          done += work(layer, position);
          progress.accept(done / all);
        }
      }
    }
    return effects;
  }

  /** How long {@link #run} takes, from measuring one batch of the first layer. */
  public double seconds() {
    int position = ids.length / 2;
    int some = Math.min(grid.units(), atOnce(position));
    try (var _ = NativeScope.open();
        PlainRun plain = PlainRun.of(model, ids)) {
      Tensor direction = direction(0, -1);
      changes(plain, 0, position, 0, some, direction); // the first time is slower than all others
      long start = System.nanoTime();
      changes(plain, 0, position, 0, some, direction);
      double seconds = (System.nanoTime() - start) / 1e9;
      return seconds * grid.units() / some * work() / work(0, position);
    }
  }

  private int atOnce(int position) {
    return Math.max(1, TOKENS_AT_ONCE / (ids.length - position));
  }

  /** Layers times positions that the copies of a place have still to go through. */
  private long work(int layer, int position) {
    return 1 + (grid.layers() - 1L - layer) * (ids.length - position);
  }

  private double work() {
    double all = 0;
    for (int layer = 0; layer < grid.layers(); layer++) {
      for (int position = grid.firstPosition(layer); position < ids.length; position++) {
        all += work(layer, position);
      }
    }
    return all;
  }

  private Tensor direction(int token, int against) {
    Tensor unembedding = model.weights().ends().unembedding().weight();
    Tensor zero = against < 0 ? unembedding.mean(false, 0) : unembedding.select(0, against);
    return unembedding.select(0, token).minus(zero).times(model.config().logitScale());
  }

  /**
   * The changes by the units {@code [from, to)} of one layer at one position. The plain run goes
   * along as one more copy, so that what the arithmetic of a batch rounds cancels.
   */
  private double[] changes(
      PlainRun plain, int layer, int position, int from, int to, Tensor direction) {
    int copies = to - from + 1;
    try (var _ = NativeScope.open()) {
      Tensor held = plain.neurons(layer).select(0, position).unsqueeze(0);
      Tensor unit = Tensor.range(0, grid.units()).unsqueeze(0);
      Tensor silenced = Tensor.range(from, to + 1L).unsqueeze(1).equalTo(unit);
      silenced.select(0, to - from).fillInPlace(0);
      Tensor before = plain.beforeNeurons(layer).slice(0, position, position + 1L).unsqueeze(0);
      Tensor after =
          model.afterNeurons(
              layer,
              before,
              held.expand(copies, grid.units()).maskedFill(silenced, 0).unsqueeze(0));
      double[] logits =
          onward(plain, layer + 1, position, after.squeeze(0)).matmul(direction).toDoubles();
      double base = logits[to - from];
      return Arrays.stream(logits, 0, to - from).map(logit -> logit - base).toArray();
    }
  }

  /**
   * The input of the unembedding at the last position {@code [copies, d_embedding]} of copies of
   * the plain run whose stream before the layer differs at one position.
   *
   * @param rows of that position {@code [copies, d_model]}
   */
  private Tensor onward(PlainRun plain, int layer, int position, Tensor rows) {
    int copies = rows.size(0);
    boolean isLast = layer == grid.layers();
    int[] rest = Arrays.copyOfRange(ids, position, ids.length);
    TokenBatch tokens = TokenBatch.of(Collections.nCopies(copies, rest).toArray(int[][]::new));
    Tensor stream =
        plain.stream(layer - 1)
            .slice(0, position, ids.length)
            .unsqueeze(0)
            .expand(copies, rest.length, rows.size(1))
            .copy();
    stream.select(1, 0).copyInPlace(rows);
    try (KeyValueCache cache =
        isLast || position == 0
            ? new KeyValueCache(grid.layers())
            : plain.forked(layer, position, copies)) {
      return model.lastOnward(layer, stream, tokens, cache).select(1, 0);
    }
  }
}
