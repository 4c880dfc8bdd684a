package dev.loupe.instrument.trace;

import dev.loupe.model.KeyValueCache;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.Recording;
import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One run of the unchanged model, holding what changed copies of it start from: neurons, the stream
 * around them, keys and values. Owns native memory.
 */
final class PlainRun implements AutoCloseable {
  private static final List<Site> KEPT =
      List.of(Site.MLP_POST, Site.RESID_PRE, Site.ATTN_OUT, Site.RESID_MID, Site.RESID_POST);

  private final Transformer model;
  private final Recording recording;
  private final KeyValueCache cache;

  private PlainRun(Transformer model, Recording recording, KeyValueCache cache) {
    this.model = model;
    this.recording = recording;
    this.cache = cache;
  }

  static PlainRun of(Transformer model, int[] ids) {
    int layers = model.config().layers();
    List<Tap> taps =
        IntStream.range(0, layers)
            .boxed()
            .flatMap(layer -> KEPT.stream().map(site -> new Tap(site, layer)))
            .toList();
    KeyValueCache cache = new KeyValueCache(layers);
    try {
      return new PlainRun(
          model,
          Recording.of(taps, hooks -> model.hidden(TokenBatch.of(ids), hooks, cache)),
          cache);
    } catch (RuntimeException | Error e) {
      cache.close();
      throw e;
    }
  }

  /** The neurons of a layer: {@code [pos, d_mlp]}. */
  Tensor neurons(int layer) {
    return at(layer, Site.MLP_POST);
  }

  /** The stream that a layer's neurons add to: {@code [pos, d_model]}. */
  Tensor beforeNeurons(int layer) {
    return model.config().block() == ModelConfig.Block.SEQUENTIAL
        ? at(layer, Site.RESID_MID)
        : at(layer, Site.RESID_PRE).plus(at(layer, Site.ATTN_OUT));
  }

  /** The stream after a layer: {@code [pos, d_model]}. */
  Tensor stream(int layer) {
    return at(layer, Site.RESID_POST);
  }

  /** What copies that part from this run at {@code position} read from the layer on. */
  KeyValueCache forked(int layer, int position, int copies) {
    return cache.forked(layer, position, copies, cache.length());
  }

  private Tensor at(int layer, Site site) {
    return recording.at(new Tap(site, layer));
  }

  @Override
  public void close() {
    recording.close();
    cache.close();
  }
}
