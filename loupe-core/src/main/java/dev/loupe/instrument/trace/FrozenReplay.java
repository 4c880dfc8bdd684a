package dev.loupe.instrument.trace;

import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The frozen model run forwards: patterns and norm denominators held at the run's values, neurons
 * computed again, and in a dictionary's basis the features that were active. Its output must equal
 * the model's, which checks that the frozen values are the model's.
 */
final class FrozenReplay {
  private final Transformer model;
  private final ModelConfig config;
  private final FrozenRun run;
  private final @Nullable LocalReplacement replacement;
  private final Map<Integer, SparseActivations> active = new HashMap<>();
  private final Map<Integer, Tensor> inputs = new HashMap<>();

  /**
   * A replay.
   *
   * @param replacement what replaces parts of the model, null for the model's own neurons
   */
  FrozenReplay(Transformer model, FrozenRun run, @Nullable LocalReplacement replacement) {
    this.model = model;
    this.config = model.config();
    this.run = run;
    this.replacement = replacement;
  }

  /** The input of the unembedding {@code [pos, d_embedding]}. */
  Tensor finalHidden() {
    ModelWeights.Ends ends = model.weights().ends();
    Tensor stream = run.embedding().times(config.embeddingScale());
    if (ends.projectIn() != null) {
      stream = ends.projectIn().of(stream);
    }
    Tensor learned = run.positionEmbedding();
    stream = learned == null ? stream : stream.plus(learned);
    stream = frozen(ends.embeddingNorm(), run.scale(Site.EMBEDDING_NORM_SCALE), stream);
    for (int layer = 0; layer < config.layers(); layer++) {
      try (var scope = NativeScope.open()) {
        stream = scope.keep(block(layer, stream));
      }
    }
    Tensor last = frozen(ends.finalNorm(), run.scale(Site.FINAL_NORM_SCALE), stream);
    return ends.projectOut() == null ? last : ends.projectOut().of(last);
  }

  private Tensor block(int layer, Tensor entering) {
    ModelWeights.Layer parts = model.weights().layer(layer);
    Tensor residPre = at(Site.RESID_PRE, layer, entering);
    Tensor attentionIn =
        frozen(parts.attentionNorm(), run.scale(Site.ATTN_NORM_SCALE, layer), residPre);
    Tensor attention =
        at(
            Site.ATTN_OUT,
            layer,
            frozen(
                parts.attentionPostNorm(),
                run.scale(Site.ATTN_POST_NORM_SCALE, layer),
                attention(layer, parts.attention(), attentionIn)));
    Tensor residMid = residPre.plus(attention);
    boolean parallel = config.block() == ModelConfig.Block.PARALLEL;
    if (!parallel) {
      residMid =
          at(
              Site.RESID_MID,
              layer,
              frozen(parts.residMidNorm(), run.scale(Site.RESID_MID_NORM_SCALE, layer), residMid));
    }
    FrozenLinear.MlpNorm norm = new FrozenLinear(model, run).mlpNorm(layer, parts);
    Tensor mlpIn =
        at(Site.MLP_IN, layer, frozen(norm.norm(), norm.scale(), parallel ? residPre : residMid));
    Tensor mlp =
        at(
            Site.MLP_OUT,
            layer,
            frozen(
                parts.mlpPostNorm(),
                run.scale(Site.MLP_POST_NORM_SCALE, layer),
                model.mlps().written(parts.mlp(), mlpIn, routerWeights(layer, parts))));
    return at(
        Site.RESID_POST,
        layer,
        frozen(
            parts.residPostNorm(),
            run.scale(Site.RESID_POST_NORM_SCALE, layer),
            residMid.plus(mlp)));
  }

  /** What features read is noted; what they stand for is what they make of it. */
  private Tensor at(Site site, int layer, Tensor value) {
    Tap place = new Tap(site, layer);
    if (replacement == null || !replacement.basis().layers().contains(layer)) {
      return value;
    }
    if (replacement.basis().reads(layer).equals(place)) {
      inputs.put(layer, value);
      active.put(layer, replacement.again(layer, value));
    }
    Optional<Integer> owner = replacement.replacedBy(place);
    return owner.isEmpty()
        ? value
        : replacement.value(layer, each -> required(active, each), required(inputs, layer));
  }

  private static <T> T required(Map<Integer, T> map, int layer) {
    return Objects.requireNonNull(map.get(layer), () -> "layer " + layer + " has read nothing");
  }

  private @Nullable Tensor routerWeights(int layer, ModelWeights.Layer parts) {
    return parts.mlp() instanceof ModelWeights.Mixture ? run.routerWeights(layer) : null;
  }

  private Tensor attention(int layer, ModelWeights.Attention parts, Tensor input) {
    int length = run.length();
    int heads = config.heads();
    int headSize = config.headSize();
    Tensor gain = run.valueGain(layer);
    Tensor made = parts.value().of(input);
    Tensor values =
        (gain == null ? made : made.times(gain))
            .reshape(length, config.keyValueHeads(), headSize)
            .transpose(0, 1); // [n_kv_heads, pos, d_head]
    Tensor mixed = Tensor.zeros(input.dtype(), heads, length, headSize);
    model.eachPatternBlock(
        layer,
        parts,
        run.tokens(),
        run.attentionIn(layer).unsqueeze(0),
        length,
        (from, to, pattern) -> {
          int rows = to - from;
          Tensor grouped =
              pattern
                  .select(0, 0)
                  .reshape(config.keyValueHeads(), (long) config.groupSize() * rows, to);
          mixed
              .slice(1, from, to)
              .copyInPlace(grouped.matmul(values.slice(1, 0, to)).reshape(heads, rows, headSize));
        });
    return parts.output().of(mixed.transpose(0, 1).reshape(length, (long) heads * headSize));
  }

  private Tensor frozen(ModelWeights.@Nullable Norm norm, @Nullable Tensor scale, Tensor input) {
    if (norm == null || scale == null) {
      return input;
    }
    Tensor centred =
        config.norm() == ModelConfig.Norm.LAYER ? input.minus(input.mean(true, -1)) : input;
    Tensor scaled = centred.dividedBy(scale).times(norm.gain());
    return norm.bias() == null ? scaled : scaled.plus(norm.bias());
  }
}
