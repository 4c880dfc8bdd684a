package dev.loupe.model.frozen;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
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

  private final TokenBatch tokens;
  private final int[] ids;
  private final List<Map<Site, Tensor>> layers = new ArrayList<>();
  private final Map<Site, Tensor> ends = new EnumMap<>(Site.class);
  private final Map<Tap, Tensor> others = new HashMap<>();

  private FrozenRun(int[] ids) {
    this.ids = ids.clone();
    this.tokens = TokenBatch.of(ids);
  }

  /** Runs the model once. */
  public static FrozenRun of(Transformer model, int[] ids) {
    return of(model, ids, Set.of());
  }

  /** Runs the model once and keeps what stands at some more places. */
  public static FrozenRun of(Transformer model, int[] ids, Set<Tap> also) {
    FrozenRun run = new FrozenRun(ids);
    Hooks hooks = Hooks.NONE;
    for (Site site :
        List.of(
            Site.EMBEDDING,
            Site.POSITION_EMBEDDING,
            Site.EMBEDDING_NORM_SCALE,
            Site.FINAL_NORM_SCALE,
            Site.FINAL_HIDDEN)) {
      hooks = hooks.and(Hooks.observe(Tap.of(site), keepIn(run.ends, site)));
    }
    for (int layer = 0; layer < model.config().layers(); layer++) {
      Map<Site, Tensor> kept = new EnumMap<>(Site.class);
      run.layers.add(kept);
      hooks = hooks.and(Hooks.observe(new Tap(Site.ATTN_IN, layer), keepIn(kept, Site.ATTN_IN)));
      hooks = hooks.and(Hooks.observe(new Tap(Site.MLP_IN, layer), keepIn(kept, Site.MLP_IN)));
      for (Site scale : Site.LAYER_NORM_SCALES) {
        hooks = hooks.and(Hooks.observe(new Tap(scale, layer), keepIn(kept, scale)));
      }
    }
    for (Tap tap : also) {
      if (tap.site() != Site.MLP_IN) {
        hooks =
            hooks.and(
                Hooks.observe(
                    tap, tensor -> run.others.put(tap, tensor.select(0, 0).contiguous().retain())));
      }
    }
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      model.hidden(run.tokens, hooks, null);
      whole = true;
      return run;
    } finally {
      if (!whole) {
        run.close();
      }
    }
  }

  /**
   * The last position of this run on its own, as it passes things to itself: for gradients that
   * begin there and are asked for nowhere else. Owns native memory of its own.
   *
   * @throws IllegalStateException if the run was not asked for the attention patterns of a layer
   */
  public FrozenRun lastPosition() {
    int last = ids.length - 1;
    FrozenRun alone = new FrozenRun(new int[] {ids[last]});
    boolean whole = false;
    try {
      for (int layer = 0; layer < layers.size(); layer++) {
        at(new Tap(Site.ATTN_PATTERN, layer));
        Map<Site, Tensor> kept = new EnumMap<>(Site.class);
        alone.layers.add(kept);
        layers.get(layer).forEach((site, value) -> kept.put(site, row(value, 0, last)));
      }
      ends.forEach((site, value) -> alone.ends.put(site, row(value, 0, last)));
      others.forEach((tap, value) ->
          alone.others.put(
              tap,
              tap.site() == Site.ATTN_PATTERN
                  ? row(value.slice(2, last, last + 1L), 1, last)
                  : row(value, 0, last)));
      whole = true;
      return alone;
    } finally {
      if (!whole) {
        alone.close();
      }
    }
  }

  private static Tensor row(Tensor value, int axis, int position) {
    try (var _ = NativeScope.open()) {
      return value.slice(axis, position, position + 1L).contiguous().retain();
    }
  }

  private static Consumer<Tensor> keepIn(Map<Site, Tensor> kept, Site site) {
    return tensor -> kept.put(site, tensor.select(0, 0).contiguous().retain());
  }

  /**
   * Whether the first position serves as an attention sink: the stream there is many times longer
   * than elsewhere, the same for every prompt that begins so, and heads that have nothing to say
   * look at it (Xiao et al. 2024). Judged in the middle layer by the norms' denominators.
   */
  public boolean firstPositionIsSink() {
    Tensor scale = scale(Site.ATTN_NORM_SCALE, layers.size() / 2);
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

  public int[] ids() {
    return ids.clone();
  }

  public int length() {
    return ids.length;
  }

  /** What attention of a layer reads: {@code [pos, d_model]}. */
  public Tensor attentionIn(int layer) {
    return required(layers.get(layer), Site.ATTN_IN);
  }

  /** What the MLP of a layer reads: {@code [pos, d_model]}. */
  public Tensor mlpIn(int layer) {
    return required(layers.get(layer), Site.MLP_IN);
  }

  /** What stands at a place that was asked for: {@code [pos, d_model]}. */
  public Tensor at(Tap tap) {
    Tensor kept = tap.site() == Site.MLP_IN ? mlpIn(tap.layer()) : others.get(tap);
    if (kept == null) {
      throw new IllegalStateException("the run was not asked for " + tap);
    }
    return kept;
  }

  /** The attention patterns of a layer {@code [n_heads, query, key]}, if they were asked for. */
  @Nullable Tensor pattern(int layer) {
    return others.get(new Tap(Site.ATTN_PATTERN, layer));
  }

  /** A norm's denominators in a layer {@code [pos, 1]}, null where the family has no such norm. */
  public @Nullable Tensor scale(Site site, int layer) {
    return layers.get(layer).get(site);
  }

  /** The denominators of a norm outside the blocks {@code [pos, 1]}. */
  public @Nullable Tensor scale(Site site) {
    return ends.get(site);
  }

  /** The token rows {@code [pos, d_embedding]}. */
  public Tensor embedding() {
    return required(ends, Site.EMBEDDING);
  }

  /** The learned position rows {@code [pos, d_model]}, if any. */
  public @Nullable Tensor positionEmbedding() {
    return ends.get(Site.POSITION_EMBEDDING);
  }

  /** The input of the unembedding {@code [pos, d_embedding]}. */
  public Tensor finalHidden() {
    return required(ends, Site.FINAL_HIDDEN);
  }

  private static Tensor required(Map<Site, Tensor> kept, Site site) {
    Tensor tensor = kept.get(site);
    if (tensor == null) {
      throw new IllegalStateException("the run never visited " + site);
    }
    return tensor;
  }

  @Override
  public void close() {
    layers.forEach(kept -> kept.values().forEach(Tensor::close));
    ends.values().forEach(Tensor::close);
    others.values().forEach(Tensor::close);
    layers.forEach(Map::clear);
    ends.clear();
    others.clear();
  }
}
