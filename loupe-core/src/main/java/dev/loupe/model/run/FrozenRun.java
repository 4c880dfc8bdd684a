package dev.loupe.model.run;

import dev.loupe.model.KeyValueCache;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One run of the model on one prompt, holding what the frozen model needs: what attention and MLP
 * read in every layer, and the denominators of all norms. Patterns are recomputed from what
 * attention reads. Owns native memory.
 */
public final class FrozenRun implements AutoCloseable {
  /**
   * How many times longer than the median the stream at a sink is; SmolLM2's is over 20 times,
   * ordinary tokens stay within 3.
   */
  private static final float SINK_RATIO = 6;

  private static final List<Site> ENDS =
      List.of(
          Site.EMBEDDING,
          Site.POSITION_EMBEDDING,
          Site.EMBEDDING_NORM_SCALE,
          Site.FINAL_NORM_SCALE,
          Site.FINAL_HIDDEN);

  private final TokenBatch tokens;
  private final int[] ids;
  private final int layers;
  private final Recording recording;
  private final Optional<KeyValueCache> cache;

  private FrozenRun(
      int[] ids,
      TokenBatch tokens,
      int layers,
      Recording recording,
      Optional<KeyValueCache> cache) {
    this.ids = ids.clone();
    this.tokens = tokens;
    this.layers = layers;
    this.recording = recording;
    this.cache = cache;
  }

  /** Runs the model once. */
  public static FrozenRun of(Transformer model, int[] ids) {
    return of(model, ids, Set.of());
  }

  /** Runs the model once and keeps what stands at some more places. */
  public static FrozenRun of(Transformer model, int[] ids, Set<Tap> also) {
    return of(model, ids, also, Optional.empty());
  }

  /** As {@link #of(Transformer, int[], Set)}, keeping the keys and values of all positions too. */
  public static FrozenRun withKeysAndValues(Transformer model, int[] ids, Set<Tap> also) {
    KeyValueCache cache = new KeyValueCache(model.config().layers());
    boolean whole = false;
    try {
      cache.expect(ids.length);
      FrozenRun run = of(model, ids, also, Optional.of(cache));
      whole = true;
      return run;
    } finally {
      if (!whole) {
        cache.close();
      }
    }
  }

  private static FrozenRun of(
      Transformer model, int[] ids, Set<Tap> also, Optional<KeyValueCache> cache) {
    Set<Tap> taps = new HashSet<>(also);
    ENDS.forEach(site -> taps.add(Tap.of(site)));
    int layers = model.config().layers();
    for (int layer = 0; layer < layers; layer++) {
      taps.add(new Tap(Site.ATTN_IN, layer));
      taps.add(new Tap(Site.VALUE_GAIN, layer));
      taps.add(new Tap(Site.MLP_IN, layer));
      taps.add(new Tap(Site.ROUTER_WEIGHTS, layer));
      for (Site scale : Site.LAYER_NORM_SCALES) {
        taps.add(new Tap(scale, layer));
      }
    }
    TokenBatch tokens = TokenBatch.of(ids);
    return new FrozenRun(
        ids,
        tokens,
        layers,
        Recording.of(taps, hooks -> model.hidden(tokens, hooks, cache.orElse(null))),
        cache);
  }

  /**
   * The last position of this run on its own, as it passes things to itself: for gradients that
   * begin there and are asked for nowhere else. Owns native memory of its own.
   *
   * @throws IllegalStateException if the run was not asked for the attention patterns of a layer
   */
  public FrozenRun lastPosition() {
    for (int layer = 0; layer < layers; layer++) {
      at(new Tap(Site.ATTN_PATTERN, layer));
    }
    int last = ids.length - 1;
    return new FrozenRun(
        new int[] {ids[last]},
        TokenBatch.of(new int[] {ids[last]}),
        layers,
        recording.map((tap, value) ->
            tap.site() == Site.ATTN_PATTERN
                ? value.slice(2, last, last + 1L).slice(1, last, last + 1L)
                : value.slice(0, last, last + 1L)),
        Optional.empty());
  }

  /**
   * Whether the first position serves as an attention sink: the stream there is many times longer
   * than elsewhere, the same for every prompt that begins so, and heads that have nothing to say
   * look at it (Xiao et al. 2024). Judged in the middle layer by the norms' denominators.
   */
  public boolean firstPositionIsSink() {
    Tensor scale = scale(Site.ATTN_NORM_SCALE, layers / 2);
    if (scale == null || length() < 3) {
      return false;
    }
    float[] lengths = scale.toFloats();
    float[] others = Arrays.copyOfRange(lengths, 1, lengths.length);
    Arrays.sort(others);
    return lengths[0] > SINK_RATIO * others[others.length / 2];
  }

  public TokenBatch tokens() {
    return tokens;
  }

  /** Keys and values of all positions, where they were asked for; the run's own. */
  public Optional<KeyValueCache> keysAndValues() {
    return cache;
  }

  public int[] ids() {
    return ids.clone();
  }

  public int length() {
    return ids.length;
  }

  /** What is kept, all of it. */
  public Recording recording() {
    return recording;
  }

  /** What attention of a layer reads: {@code [pos, d_model]}. */
  public Tensor attentionIn(int layer) {
    return at(new Tap(Site.ATTN_IN, layer));
  }

  /** What the MLP of a layer reads: {@code [pos, d_model]}. */
  public Tensor mlpIn(int layer) {
    return at(new Tap(Site.MLP_IN, layer));
  }

  /** What values are cut off by {@code [pos, n_kv_heads · d_head]}, null in most families. */
  public @Nullable Tensor valueGain(int layer) {
    return recording.find(new Tap(Site.VALUE_GAIN, layer));
  }

  /**
   * The weights that the router of a mixture gave its experts: {@code [pos, n_experts]}.
   *
   * @throws IllegalStateException if the layer is no mixture
   */
  public Tensor routerWeights(int layer) {
    return at(new Tap(Site.ROUTER_WEIGHTS, layer));
  }

  /** What stands at a place that was asked for: {@code [pos, d_model]}. */
  public Tensor at(Tap tap) {
    return recording.at(tap);
  }

  /** The attention patterns of a layer {@code [n_heads, query, key]}, if they were asked for. */
  @Nullable Tensor pattern(int layer) {
    return recording.find(new Tap(Site.ATTN_PATTERN, layer));
  }

  /** A norm's denominators in a layer {@code [pos, 1]}, null where the family has no such norm. */
  public @Nullable Tensor scale(Site site, int layer) {
    return recording.find(new Tap(site, layer));
  }

  /** The denominators of a norm outside the blocks {@code [pos, 1]}. */
  public @Nullable Tensor scale(Site site) {
    return recording.find(Tap.of(site));
  }

  /** The token rows {@code [pos, d_embedding]}. */
  public Tensor embedding() {
    return at(Tap.of(Site.EMBEDDING));
  }

  /** The learned position rows {@code [pos, d_model]}, if any. */
  public @Nullable Tensor positionEmbedding() {
    return recording.find(Tap.of(Site.POSITION_EMBEDDING));
  }

  /** The input of the unembedding {@code [pos, d_embedding]}. */
  public Tensor finalHidden() {
    return at(Tap.of(Site.FINAL_HIDDEN));
  }

  @Override
  public void close() {
    recording.close();
    cache.ifPresent(KeyValueCache::close);
  }
}
