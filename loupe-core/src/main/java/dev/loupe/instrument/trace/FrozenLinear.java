package dev.loupe.instrument.trace;

import dev.loupe.model.Activation;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The model with attention patterns and the norms' denominators held at one run's values: between
 * two neurons everything is linear, and these are its transposed maps, written out. Gradients are
 * {@code [target, pos, d_model]}; a gradient over fewer positions than the prompt has means zero
 * beyond them (causality).
 *
 * <p>Mean subtraction and gains stay in the maps (Ameisen et al. 2025, "local replacement model").
 * Constants that a map adds are reported to the caller as products with the gradient, {@code
 * [target]}.
 */
final class FrozenLinear {
  private final Transformer model;
  private final ModelConfig config;
  private final FrozenRun run;

  FrozenLinear(Transformer model, FrozenRun run) {
    this.model = model;
    this.config = model.config();
    this.run = run;
  }

  /** Transposed norm: from a gradient by its output to one by its input. */
  Tensor throughNorm(ModelWeights.@Nullable Norm norm, @Nullable Tensor scale, Tensor gradient) {
    if (norm == null) {
      return gradient;
    }
    if (scale == null) {
      throw new IllegalStateException("a norm without recorded denominators");
    }
    Tensor scaled = gradient.times(norm.gain()).dividedBy(scale.slice(0, 0, gradient.size(-2)));
    return config.norm() == ModelConfig.Norm.LAYER ? scaled.minus(scaled.mean(true, -1)) : scaled;
  }

  /** From the stream after a block to the sum of stream and MLP output inside it. */
  Tensor intoResidPost(int layer, ModelWeights.Layer parts, Tensor gradient) {
    return throughNorm(
        parts.residPostNorm(), run.scale(Site.RESID_POST_NORM_SCALE, layer), gradient);
  }

  /** From what the MLP adds to the output of its down projection. */
  Tensor intoMlpOut(int layer, ModelWeights.Layer parts, Tensor gradient) {
    return throughNorm(parts.mlpPostNorm(), run.scale(Site.MLP_POST_NORM_SCALE, layer), gradient);
  }

  /** The norm that the MLP reads through, and its denominators. */
  MlpNorm mlpNorm(int layer, ModelWeights.Layer parts) {
    boolean shared = config.block() == ModelConfig.Block.PARALLEL && parts.mlpNorm() == null;
    return shared
        ? new MlpNorm(parts.attentionNorm(), run.scale(Site.ATTN_NORM_SCALE, layer))
        : new MlpNorm(parts.mlpNorm(), run.scale(Site.MLP_NORM_SCALE, layer));
  }

  /** See {@link #mlpNorm}. */
  record MlpNorm(ModelWeights.@Nullable Norm norm, @Nullable Tensor scale) {}

  /**
   * From the stream after attention to the stream before the block, for several blocks of targets
   * at once so that each pattern is recomputed once. The gradients are overwritten, so that only
   * one copy of them is ever held.
   *
   * @param gradients {@code [target, pos_b, d_model]} each; on return, by the stream before the
   *     block
   * @return the share of attention's constants, {@code [target]} for each block
   */
  List<Tensor> throughAttentionInPlace(
      int layer, ModelWeights.Layer parts, List<Tensor> gradients) {
    ModelWeights.Attention attention = parts.attention();
    int groups = config.groupSize();
    int keyValueHeads = config.keyValueHeads();
    int headSize = config.headSize();
    List<Tensor> streams = new ArrayList<>();
    List<Tensor> outputs = new ArrayList<>();
    List<Tensor> mixes = new ArrayList<>();
    for (Tensor gradient : gradients) {
      Tensor stream =
          throughNorm(parts.residMidNorm(), run.scale(Site.RESID_MID_NORM_SCALE, layer), gradient);
      streams.add(stream);
      outputs.add(
          throughNorm(
              parts.attentionPostNorm(), run.scale(Site.ATTN_POST_NORM_SCALE, layer), stream));
      mixes.add(
          Tensor.zeros(
              gradient.dtype(),
              keyValueHeads,
              gradient.size(1),
              (long) gradient.size(0) * headSize));
    }
    int length = gradients.stream().mapToInt(g -> g.size(1)).max().orElse(0);
    model.eachPatternBlock(
        layer,
        run.tokens(),
        run.attentionIn(layer).unsqueeze(0),
        length,
        (from, to, pattern) -> {
          for (int b = 0; b < gradients.size(); b++) {
            Tensor output = outputs.get(b);
            int end = Math.min(to, output.size(1));
            if (end > from) {
              try (var _ = NativeScope.open()) {
                int rows = end - from;
                int targets = output.size(0);
                // dz: [n_kv_heads, group · row, target · d_head]
                Tensor perHead =
                    output
                        .slice(1, from, end)
                        .matmul(attention.output().weight())
                        .reshape(targets, rows, keyValueHeads, groups, headSize)
                        .permute(2, 3, 1, 0, 4)
                        .reshape(keyValueHeads, (long) groups * rows, (long) targets * headSize);
                Tensor transposed =
                    pattern
                        .select(0, 0)
                        .slice(1, 0, rows)
                        .slice(2, 0, end)
                        .reshape(keyValueHeads, (long) groups * rows, end)
                        .transpose(1, 2);
                mixes.get(b).slice(1, 0, end).plusInPlace(transposed.matmul(perHead));
              }
            }
          }
        });
    List<Tensor> constants = new ArrayList<>();
    for (int b = 0; b < gradients.size(); b++) {
      try (var scope = NativeScope.open()) {
        Tensor stream = streams.get(b);
        int targets = stream.size(0);
        int positions = stream.size(1);
        Tensor values =
            mixes
                .get(b)
                .reshape(keyValueHeads, positions, targets, headSize)
                .permute(2, 1, 0, 3)
                .reshape(targets, positions, (long) keyValueHeads * headSize);
        Tensor input = values.matmul(attention.value().weight());
        Tensor share = scope.keep(Tensor.zeros(stream.dtype(), targets));
        addProduct(share, gradients.get(b), bias(parts.residMidNorm()));
        addProduct(share, stream, bias(parts.attentionPostNorm()));
        addProduct(share, outputs.get(b), attention.output().bias());
        addProduct(share, values, attention.value().bias());
        addProduct(share, input, bias(parts.attentionNorm()));
        constants.add(share);
        Tensor passed =
            throughNorm(parts.attentionNorm(), run.scale(Site.ATTN_NORM_SCALE, layer), input);
        gradients.get(b).copyInPlace(stream.plus(passed));
      }
    }
    return constants;
  }

  /**
   * From the output of the unembedding's input to the stream after the last block, at one position.
   */
  Tensor throughFinalNorm(Tensor directions, int position) {
    ModelWeights.Ends ends = model.weights().ends();
    Tensor projected =
        ends.projectOut() == null ? directions : directions.matmul(ends.projectOut().weight());
    Tensor scale = run.scale(Site.FINAL_NORM_SCALE);
    return throughNorm(
            ends.finalNorm(),
            scale == null ? null : scale.slice(0, position, (long) position + 1),
            projected.unsqueeze(1))
        .squeeze(1);
  }

  /**
   * What the tokens, positions and the embedding's constants contribute to targets at the bottom.
   */
  Embedded atEmbedding(Tensor gradient) {
    ModelWeights.Ends ends = model.weights().ends();
    int positions = gradient.size(1);
    Tensor entering =
        throughNorm(ends.embeddingNorm(), run.scale(Site.EMBEDDING_NORM_SCALE), gradient);
    Tensor rows = run.embedding().times(config.embeddingScale());
    if (ends.projectIn() != null) {
      rows = rows.linear(ends.projectIn().weight(), null);
    }
    Tensor constants = Tensor.zeros(gradient.dtype(), gradient.size(0));
    addProduct(constants, gradient, bias(ends.embeddingNorm()));
    addProduct(constants, entering, ends.projectIn() == null ? null : ends.projectIn().bias());
    Tensor learned = run.positionEmbedding();
    return new Embedded(
        entering.times(rows.slice(0, 0, positions)).sum(false, -1),
        learned == null ? null : entering.times(learned.slice(0, 0, positions)).sum(false, -1),
        constants);
  }

  /**
   * Contributions at the bottom.
   *
   * @param tokens {@code [target, pos]}
   * @param positions {@code [target, pos]}, null without learned positions
   * @param constants {@code [target]}
   */
  record Embedded(Tensor tokens, @Nullable Tensor positions, Tensor constants) {}

  /**
   * The neurons of a layer: activations {@code [pos, d_mlp]} and the fixed factor from value to
   * activation.
   */
  Neurons neurons(int layer, ModelWeights.Layer parts) {
    ModelWeights.Mlp mlp = parts.mlp();
    Tensor up = mlp.up().of(run.mlpIn(layer));
    if (mlp.gate() != null) {
      Tensor gain = config.activation().of(mlp.gate().of(run.mlpIn(layer)));
      return new Neurons(gain.times(up), up, gain);
    }
    Tensor activation = config.activation().of(up);
    Tensor zero = up.equalTo(Tensor.zeros(up.dtype(), 1));
    // act(h)/h tends to act'(0) at 0: one half for GELU and SiLU; a ReLU unit at exactly 0 is off.
    double atZero = config.activation() == Activation.RELU ? 0 : 0.5;
    Tensor gain = activation.dividedBy(up).maskedFill(zero, atZero);
    return new Neurons(activation, up, gain);
  }

  /** Activation = gain · value, each {@code [pos, d_mlp]}. */
  record Neurons(Tensor activation, Tensor value, Tensor gain) {}

  static @Nullable Tensor bias(ModelWeights.@Nullable Norm norm) {
    return norm == null ? null : norm.bias();
  }

  /** Adds Σ over positions of {@code gradient · constant} to {@code totals [target]}. */
  static void addProduct(Tensor totals, Tensor gradient, @Nullable Tensor constant) {
    if (constant != null) {
      totals.plusInPlace(gradient.sum(false, 1).matmul(constant));
    }
  }
}
