package dev.loupe.dictionary;

import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs of the real model over one prompt, each with its own features set to other activations,
 * nothing frozen: many go through the model in one batch, and what lies before the first position
 * that any of them changes is run once. Owns native memory.
 */
public final class ChangedRuns implements AutoCloseable {
  /** Tokens run in one batch, which bounds memory. */
  public static final int TOKENS_AT_ONCE = 2048;

  private final Transformer model;
  private final Optional<? extends FeatureBasis> basis;
  private final int[] rest;
  private final int from;
  private final KeyValueCache prefix;

  /**
   * Runs what all share.
   *
   * @param basis of the features; the model's own neurons when empty
   * @param ids of the prompt up to the explained position
   * @param from first position that may be changed
   */
  public ChangedRuns(
      Transformer model, Optional<? extends FeatureBasis> basis, int[] ids, int from) {
    this.model = model;
    this.basis = basis;
    this.from = from;
    this.rest = Arrays.copyOfRange(ids, from, ids.length);
    this.prefix = new KeyValueCache(model.config().layers());
    prefix.expect(ids.length);
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      if (from > 0) {
        model.hidden(TokenBatch.of(Arrays.copyOf(ids, from)), Hooks.NONE, prefix);
      }
      whole = true;
    } finally {
      if (!whole) {
        prefix.close();
      }
    }
  }

  /** Tokens that one run goes through. */
  public int length() {
    return rest.length;
  }

  /**
   * The logits after the last position, one array of {@code d_vocab} for each run.
   *
   * @param runs the changes of each, at positions from {@code from} on; without any it is the plain
   *     run
   */
  public List<double[]> logits(List<List<FeatureChange>> runs) {
    return logits(runs, this::hooks);
  }

  private Hooks hooks(List<List<FeatureChange>> runs) {
    List<List<FeatureChange>> shifted =
        runs.stream().map(run -> run.stream().map(this::shifted).toList()).toList();
    return basis
        .map(each -> FeatureHooks.eachFree(model, each, shifted))
        .orElseGet(() -> NeuronHooks.each(shifted));
  }

  /**
   * As {@link #logits(List)} for runs that are changed in another way.
   *
   * @param hooks of a batch with one row for each of some runs; they see positions from {@code
   *     from} on, counted from 0
   */
  public <R> List<double[]> logits(List<R> runs, Function<List<R>, Hooks> hooks) {
    int atOnce = Math.max(1, TOKENS_AT_ONCE / rest.length);
    List<double[]> all = new ArrayList<>();
    for (int first = 0; first < runs.size(); first += atOnce) {
      List<R> batch = runs.subList(first, Math.min(runs.size(), first + atOnce));
      all.addAll(batch(batch.size(), hooks.apply(batch)));
    }
    return all;
  }

  private List<double[]> batch(int copies, Hooks hooks) {
    TokenBatch tokens = TokenBatch.of(Collections.nCopies(copies, rest).toArray(int[][]::new));
    try (var _ = NativeScope.open();
        KeyValueCache cache =
            from == 0
                ? new KeyValueCache(model.config().layers())
                : prefix.forked(0, from, copies, from + rest.length)) {
      double[] flat = model.unembed(model.lastHidden(tokens, hooks, cache)).toDoubles();
      int width = flat.length / copies;
      List<double[]> rows = new ArrayList<>();
      for (int row = 0; row < copies; row++) {
        rows.add(Arrays.copyOfRange(flat, row * width, (row + 1) * width));
      }
      return rows;
    }
  }

  private FeatureChange shifted(FeatureChange change) {
    int position = change.position().orElseThrow() - from;
    return FeatureChange.at(change.layer(), position, change.feature(), change.action());
  }

  @Override
  public void close() {
    prefix.close();
  }
}
