package dev.loupe.instrument.trace;

import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * One run of the unchanged model, holding what changed copies of it start from: neurons, the stream
 * around them, keys and values. Owns native memory.
 */
final class PlainRun implements AutoCloseable {
  private final Transformer model;
  private final List<Map<Site, Tensor>> layers = new ArrayList<>();
  private final KeyValueCache cache;

  private PlainRun(Transformer model) {
    this.model = model;
    this.cache = new KeyValueCache(model.config().layers());
  }

  static PlainRun of(Transformer model, int[] ids) {
    PlainRun run = new PlainRun(model);
    Hooks hooks = Hooks.NONE;
    for (int layer = 0; layer < model.config().layers(); layer++) {
      Map<Site, Tensor> kept = new EnumMap<>(Site.class);
      run.layers.add(kept);
      for (Site site :
          List.of(Site.MLP_POST, Site.RESID_PRE, Site.ATTN_OUT, Site.RESID_MID, Site.RESID_POST)) {
        hooks =
            hooks.and(
                Hooks.observe(
                    new Tap(site, layer),
                    seen -> kept.put(site, seen.select(0, 0).contiguous().retain())));
      }
    }
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      model.hidden(TokenBatch.of(ids), hooks, run.cache);
      whole = true;
      return run;
    } finally {
      if (!whole) {
        run.close();
      }
    }
  }

  /** The neurons of a layer: {@code [pos, d_mlp]}. */
  Tensor neurons(int layer) {
    return required(layer, Site.MLP_POST);
  }

  /** The stream that a layer's neurons add to: {@code [pos, d_model]}. */
  Tensor beforeNeurons(int layer) {
    return model.config().block() == ModelConfig.Block.SEQUENTIAL
        ? required(layer, Site.RESID_MID)
        : required(layer, Site.RESID_PRE).plus(required(layer, Site.ATTN_OUT));
  }

  /** The stream after a layer: {@code [pos, d_model]}. */
  Tensor stream(int layer) {
    return required(layer, Site.RESID_POST);
  }

  /** What copies that part from this run at {@code position} read from the layer on. */
  KeyValueCache forked(int layer, int position, int copies) {
    return cache.forked(layer, position, copies, cache.length());
  }

  private Tensor required(int layer, Site site) {
    Tensor tensor = layers.get(layer).get(site);
    if (tensor == null) {
      throw new IllegalStateException("the run never visited " + site);
    }
    return tensor;
  }

  @Override
  public void close() {
    layers.forEach(kept -> kept.values().forEach(Tensor::close));
    layers.clear();
    cache.close();
  }
}
