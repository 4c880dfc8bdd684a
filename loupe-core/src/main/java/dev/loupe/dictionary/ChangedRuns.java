package dev.loupe.dictionary;

import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs of the real model over one prompt, each with its own features set to other activations,
 * nothing frozen. The unchanged prompt is run once; many changed runs go through the model in one
 * batch, from the first position that one of them changes. Owns native memory.
 */
public final class ChangedRuns implements AutoCloseable {
  /** Tokens run in one batch, which bounds memory. */
  public static final int TOKENS_AT_ONCE = 2048;

  /** A further batch costs about as much as these tokens: it reads all weights again. */
  private static final int BATCH_COST = 24;

  private final Transformer model;
  private final Optional<? extends FeatureBasis> basis;
  private final int[] ids;
  private final KeyValueCache prefix;
  private final boolean isOwn;

  /**
   * Runs what all share: the prompt up to its last token.
   *
   * @param basis of the features; the model's own neurons when empty
   * @param ids of the prompt up to the explained position
   */
  public ChangedRuns(Transformer model, Optional<? extends FeatureBasis> basis, int[] ids) {
    this(model, basis, ids, new KeyValueCache(model.config().layers()), true);
    prefix.expect(ids.length);
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      if (ids.length > 1) {
        model.hidden(TokenBatch.of(Arrays.copyOf(ids, ids.length - 1)), Hooks.NONE, prefix);
      }
      whole = true;
    } finally {
      if (!whole) {
        prefix.close();
      }
    }
  }

  private ChangedRuns(
      Transformer model,
      Optional<? extends FeatureBasis> basis,
      int[] ids,
      KeyValueCache prefix,
      boolean isOwn) {
    this.model = model;
    this.basis = basis;
    this.ids = ids.clone();
    this.prefix = prefix;
    this.isOwn = isOwn;
  }

  /**
   * As the constructor does, where the prompt has been run.
   *
   * @param run its keys and values, which stay the caller's
   */
  public static ChangedRuns after(
      Transformer model, Optional<? extends FeatureBasis> basis, int[] ids, KeyValueCache run) {
    return new ChangedRuns(model, basis, ids, run, false);
  }

  /**
   * The logits after the last position, one array of {@code d_vocab} for each run.
   *
   * @param runs the changes of each, at positions of the prompt; without any it is the plain run
   */
  public List<double[]> logits(List<List<FeatureChange>> runs) {
    int[] firsts = runs.stream().mapToInt(this::first).toArray();
    Integer[] order = new Integer[firsts.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt(run -> firsts[run]));
    double[][] all = new double[firsts.length][];
    int begin = 0;
    for (int end : ends(Arrays.stream(order).mapToInt(run -> firsts[run]).toArray())) {
      List<Integer> batch = List.of(order).subList(begin, end);
      int from = firsts[batch.getFirst()];
      List<double[]> found =
          batch(from, batch.size(), hooks(batch.stream().map(runs::get).toList(), from));
      for (int i = 0; i < batch.size(); i++) {
        all[batch.get(i)] = found.get(i);
      }
      begin = end;
    }
    return List.of(all);
  }

  /** The first position that a run changes; the last of all where it changes none. */
  private int first(List<FeatureChange> run) {
    return run.stream()
        .mapToInt(change -> change.position().orElseThrow())
        .min()
        .orElse(ids.length - 1);
  }

  /**
   * Where batches end, so that all together cost least.
   *
   * @param firsts the first changed position of each run, rising
   */
  private List<Integer> ends(int[] firsts) {
    long[] cost = new long[firsts.length + 1];
    int[] next = new int[firsts.length + 1];
    for (int begin = firsts.length - 1; begin >= 0; begin--) {
      int length = ids.length - firsts[begin];
      cost[begin] = Long.MAX_VALUE;
      int most = Math.min(firsts.length, begin + atOnce(firsts[begin]));
      for (int end = begin + 1; end <= most; end++) {
        long all = BATCH_COST + (long) (end - begin) * length + cost[end];
        if (all <= cost[begin]) {
          cost[begin] = all;
          next[begin] = end;
        }
      }
    }
    List<Integer> ends = new ArrayList<>();
    for (int begin = 0; begin < firsts.length; begin = next[begin]) {
      ends.add(next[begin]);
    }
    return ends;
  }

  /** Runs in one batch: each also keeps what the whole prompt's attention needs. */
  private int atOnce(int from) {
    return Math.max(1, TOKENS_AT_ONCE / Math.max(ids.length - from, ids.length / 2));
  }

  private Hooks hooks(List<List<FeatureChange>> runs, int from) {
    List<List<FeatureChange>> shifted =
        runs.stream()
            .map(run -> run.stream().map(change -> shifted(change, from)).toList())
            .toList();
    return basis
        .map(each -> FeatureHooks.eachFree(model, each, shifted))
        .orElseGet(() -> NeuronHooks.each(shifted));
  }

  /**
   * As {@link #logits(List)} for runs that are changed in another way.
   *
   * @param from the first position that one of them changes
   * @param hooks of a batch with one row for each of some runs; they see positions from {@code
   *     from} on, counted from 0
   */
  public <R> List<double[]> logits(int from, List<R> runs, Function<List<R>, Hooks> hooks) {
    int atOnce = atOnce(from);
    List<double[]> all = new ArrayList<>();
    for (int first = 0; first < runs.size(); first += atOnce) {
      List<R> batch = runs.subList(first, Math.min(runs.size(), first + atOnce));
      all.addAll(batch(from, batch.size(), hooks.apply(batch)));
    }
    return all;
  }

  private List<double[]> batch(int from, int copies, Hooks hooks) {
    int[] rest = Arrays.copyOfRange(ids, from, ids.length);
    TokenBatch tokens = TokenBatch.of(Collections.nCopies(copies, rest).toArray(int[][]::new));
    try (var _ = NativeScope.open();
        KeyValueCache cache =
            from == 0
                ? new KeyValueCache(model.config().layers())
                : prefix.forked(0, from, copies, ids.length)) {
      double[] flat = model.unembed(model.lastHidden(tokens, hooks, cache)).toDoubles();
      int width = flat.length / copies;
      List<double[]> rows = new ArrayList<>();
      for (int row = 0; row < copies; row++) {
        rows.add(Arrays.copyOfRange(flat, row * width, (row + 1) * width));
      }
      return rows;
    }
  }

  private static FeatureChange shifted(FeatureChange change, int from) {
    int position = change.position().orElseThrow() - from;
    return FeatureChange.at(change.layer(), position, change.feature(), change.action());
  }

  @Override
  public void close() {
    if (isOwn) {
      prefix.close();
    }
  }
}
