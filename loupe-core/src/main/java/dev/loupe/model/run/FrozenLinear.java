package dev.loupe.model.run;

import dev.loupe.model.Attention;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Neurons;
import dev.loupe.model.Routing;
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
 * {@code [pos, target, d_model]}; a gradient over fewer positions than the prompt has means zero
 * beyond them (causality).
 *
 * <p>Mean subtraction and gains stay in the maps (Ameisen et al. 2025, "local replacement model").
 * Constants that a map adds are reported to the caller as products with the gradient, {@code
 * [target]}.
 */
public final class FrozenLinear {
  private final Transformer model;
  private final ModelConfig config;
  private final FrozenRun run;

  public FrozenLinear(Transformer model, FrozenRun run) {
    this.model = model;
    this.config = model.config();
    this.run = run;
  }

  /**
   * Transposed norm: from a gradient by its output to one by its input, {@code [pos, d_model]} or
   * {@code [pos, target, d_model]}.
   */
  public Tensor throughNorm(
      ModelWeights.@Nullable Norm norm, @Nullable Tensor scale, Tensor gradient) {
    if (norm == null) {
      return gradient;
    }
    if (scale == null) {
      throw new IllegalStateException("a norm without recorded denominators");
    }
    Tensor denominators = scale.slice(0, 0, gradient.size(0));
    Tensor scaled =
        gradient
            .times(norm.gain())
            .dividedByInPlace(gradient.rank() == 3 ? denominators.unsqueeze(2) : denominators);
    return config.norm() == ModelConfig.Norm.LAYER ? scaled.minus(scaled.mean(true, -1)) : scaled;
  }

  /** From the stream after a block to the sum of stream and MLP output inside it. */
  public Tensor intoResidPost(int layer, ModelWeights.Layer parts, Tensor gradient) {
    return throughNorm(
        parts.residPostNorm(), run.scale(Site.RESID_POST_NORM_SCALE, layer), gradient);
  }

  /** From what the MLP adds to the output of its down projection. */
  public Tensor intoMlpOut(int layer, ModelWeights.Layer parts, Tensor gradient) {
    return throughNorm(parts.mlpPostNorm(), run.scale(Site.MLP_POST_NORM_SCALE, layer), gradient);
  }

  /** The norm that the MLP reads through, and its denominators. */
  public MlpNorm mlpNorm(int layer, ModelWeights.Layer parts) {
    boolean shared = config.block() == ModelConfig.Block.PARALLEL && parts.mlpNorm() == null;
    return shared
        ? new MlpNorm(parts.attentionNorm(), run.scale(Site.ATTN_NORM_SCALE, layer))
        : new MlpNorm(parts.mlpNorm(), run.scale(Site.MLP_NORM_SCALE, layer));
  }

  /** See {@link #mlpNorm}. */
  public record MlpNorm(ModelWeights.@Nullable Norm norm, @Nullable Tensor scale) {}

  /**
   * From the stream after attention to the stream before the block, for several blocks of targets
   * at once so that each pattern is recomputed once. The gradients are overwritten, so that only
   * one copy of them is ever held.
   *
   * @param gradients {@code [pos_b, target, d_model]} each; on return, by the stream before the
   *     block
   * @param alone whether the gradients are by what attention adds, and nothing passes it by
   * @return the share of attention's constants, {@code [target]} for each block
   */
  public List<Tensor> throughAttentionInPlace(
      int layer, ModelWeights.Layer parts, List<Tensor> gradients, boolean alone) {
    ModelWeights.Attention attention = parts.attention();
    List<Tensor> constants = new ArrayList<>();
    List<Tensor> outputs = new ArrayList<>();
    List<Tensor> mixes = new ArrayList<>();
    for (Tensor gradient : gradients) {
      Tensor share =
          alone
              ? Tensor.zeros(gradient.dtype(), gradient.size(1))
              : intoResidMidInPlace(layer, parts, gradient);
      addProduct(share, gradient, bias(parts.attentionPostNorm()));
      Tensor output =
          throughNorm(
              parts.attentionPostNorm(), run.scale(Site.ATTN_POST_NORM_SCALE, layer), gradient);
      addProduct(share, output, attention.output().bias());
      constants.add(share);
      outputs.add(output);
      mixes.add(
          Tensor.zeros(
              gradient.dtype(),
              config.keyValueHeads(),
              gradient.size(0),
              (long) gradient.size(1) * config.headSize()));
    }
    Tensor outputWeight = asTransposedCopy(attention.output().weight());
    int length = gradients.stream().mapToInt(g -> g.size(0)).max().orElse(0);
    Attention.PatternBlock use =
        (from, to, pattern) -> {
          for (int b = 0; b < gradients.size(); b++) {
            int end = Math.min(to, outputs.get(b).size(0));
            if (end > from) {
              try (var _ = NativeScope.open()) {
                addMixed(
                    mixes.get(b).slice(1, 0, end),
                    pattern.select(0, 0).slice(1, 0, end - from).slice(2, 0, end),
                    outputs.get(b).slice(0, from, end),
                    outputWeight);
              }
            }
          }
        };
    Tensor held = run.pattern(layer);
    if (held == null) {
      model.eachPatternBlock(
          layer, attention, run.tokens(), run.attentionIn(layer).unsqueeze(0), length, use);
    } else {
      use.accept(0, length, held.unsqueeze(0));
    }
    ValueMap map = valueMap(layer, parts);
    for (int b = 0; b < gradients.size(); b++) {
      try (var _ = NativeScope.open()) {
        if (alone) {
          gradients.get(b).fillInPlace(0);
        }
        map.addInto(gradients.get(b), constants.get(b), mixes.get(b));
      }
    }
    return constants;
  }

  /**
   * From the stream after attention to the sum of stream and attention's output.
   *
   * @return the share of that norm's constants, {@code [target]}
   */
  public Tensor intoResidMidInPlace(int layer, ModelWeights.Layer parts, Tensor gradient) {
    Tensor share = Tensor.zeros(gradient.dtype(), gradient.size(1));
    addProduct(share, gradient, bias(parts.residMidNorm()));
    if (parts.residMidNorm() != null) {
      gradient.copyInPlace(
          throughNorm(parts.residMidNorm(), run.scale(Site.RESID_MID_NORM_SCALE, layer), gradient));
    }
    return share;
  }

  /**
   * From what an MLP adds to what its norm reads, all its neurons passing on their fixed gains: for
   * MLPs that no feature stands for.
   *
   * @param gradient {@code [pos, target, d_model]}
   * @param constants to which the MLP's constants are added, {@code [target]}
   */
  public Tensor throughMlp(int layer, ModelWeights.Layer parts, Tensor gradient, Tensor constants) {
    Tensor output = intoMlpOut(layer, parts, gradient);
    addProduct(constants, gradient, bias(parts.mlpPostNorm()));
    FrozenNeurons neurons = neurons(layer, parts);
    neurons.addConstants(constants, output);
    return throughMlpNorm(layer, parts, neurons.through(output, constants), constants);
  }

  /**
   * From what neurons hold to what the MLP's norm reads, each passing on its fixed gain.
   *
   * @param neurons of that layer
   * @param byUnits {@code [pos, target, d_mlp]}; overwritten
   * @param constants to which those of the up projection and the norm are added, {@code [target]}
   */
  public Tensor throughNeuronsInPlace(
      int layer,
      ModelWeights.Layer parts,
      FrozenNeurons neurons,
      Tensor byUnits,
      Tensor constants) {
    return throughMlpNorm(layer, parts, neurons.fromUnitsInPlace(byUnits, constants), constants);
  }

  /** From what the MLP reads to what its norm reads; the norm's bias goes to the constants. */
  public Tensor throughMlpNorm(
      int layer, ModelWeights.Layer parts, Tensor gradient, Tensor constants) {
    MlpNorm norm = mlpNorm(layer, parts);
    addProduct(constants, gradient, bias(norm.norm()));
    return throughNorm(norm.norm(), norm.scale(), gradient);
  }

  /**
   * Adds what some query rows pass to the values that they mixed.
   *
   * @param mixed {@code [n_kv_heads, keys, target · d_head]}
   * @param pattern {@code [n_heads, rows, keys]}
   * @param output gradient by attention's output in these rows, {@code [rows, target, d_model]}
   * @param weight {@code [d_model, n_heads · d_head]}
   */
  private void addMixed(Tensor mixed, Tensor pattern, Tensor output, Tensor weight) {
    int rows = output.size(0);
    int targets = output.size(1);
    int keyValueHeads = config.keyValueHeads();
    long grouped = (long) config.groupSize() * rows;
    Tensor perHead =
        output
            .matmul(weight)
            .reshape(rows, targets, keyValueHeads, config.groupSize(), config.headSize())
            .permute(2, 3, 0, 1, 4)
            .reshape(keyValueHeads, grouped, (long) targets * config.headSize());
    mixed.plusMatmulInPlace(
        pattern.reshape(keyValueHeads, grouped, pattern.size(2)).transpose(1, 2), perHead);
  }

  /** The same matrix, stored by columns: products with it from the right are a tenth faster. */
  private static Tensor asTransposedCopy(Tensor weight) {
    return weight.transpose(0, 1).contiguous().transpose(0, 1);
  }

  /** From values to the stream that attention's norm reads, as one matrix. */
  private ValueMap valueMap(int layer, ModelWeights.Layer parts) {
    ModelWeights.Linear value = parts.attention().value();
    ModelWeights.Norm norm = parts.attentionNorm();
    Tensor shift = bias(norm);
    Tensor constant = shift == null ? null : value.weight().matmul(shift);
    if (value.bias() != null) {
      constant = constant == null ? value.bias() : constant.plus(value.bias());
    }
    if (norm == null) {
      return new ValueMap(asTransposedCopy(value.weight()), null, constant, run.valueGain(layer));
    }
    Tensor scaled = value.weight().times(norm.gain());
    Tensor centred =
        config.norm() == ModelConfig.Norm.LAYER ? scaled.minus(scaled.mean(true, -1)) : scaled;
    return new ValueMap(
        asTransposedCopy(centred),
        run.scale(Site.ATTN_NORM_SCALE, layer),
        constant,
        run.valueGain(layer));
  }

  /**
   * See {@link #valueMap}: the norm's gain and mean subtraction are folded into the weight.
   *
   * @param weight {@code [n_kv_heads · d_head, d_model]}
   * @param scale the norm's denominators {@code [pos, 1]}
   * @param constant what biases add to the values, {@code [n_kv_heads · d_head]}
   * @param gain held factors on the values, {@code [pos, n_kv_heads · d_head]}
   */
  private record ValueMap(
      Tensor weight, @Nullable Tensor scale, @Nullable Tensor constant, @Nullable Tensor gain) {
    /** The values of sources, biases left out: {@code [n_kv_heads, pos, source · d_head]}. */
    Tensor of(Sources block, ModelConfig config) {
      try (var scope = NativeScope.open()) {
        Tensor stream = block.values();
        Tensor values = stream.matmul(weight.transpose(0, 1));
        if (scale != null) {
          int from = block.first();
          values.dividedByInPlace(scale.slice(0, from, (long) from + stream.size(0)).unsqueeze(2));
        }
        int heads = config.keyValueHeads();
        return scope.keep(
            values
                .reshape(stream.size(0), stream.size(1), heads, config.headSize())
                .permute(2, 0, 1, 3)
                .reshape(heads, stream.size(0), (long) stream.size(1) * config.headSize()));
      }
    }

    /** From {@code mixed [n_kv_heads, pos, target · d_head]} to {@code [pos, target, d_model]}. */
    void addInto(Tensor gradient, Tensor constants, Tensor mixed) {
      int positions = gradient.size(0);
      int targets = gradient.size(1);
      int width = weight.size(0);
      int heads = mixed.size(0);
      Tensor values =
          mixed
              .reshape(heads, positions, targets, width / heads)
              .permute(1, 2, 0, 3)
              .reshape(positions, targets, width);
      if (gain != null) {
        values = values.times(gain.slice(0, 0, positions).unsqueeze(1));
      }
      addProduct(constants, values, constant);
      if (scale != null) {
        values.dividedByInPlace(scale.slice(0, 0, positions).unsqueeze(2));
      }
      long rows = (long) positions * targets;
      gradient
          .reshape(rows, gradient.size(2))
          .plusMatmulInPlace(values.reshape(rows, width), weight);
    }
  }

  /**
   * What sources have added to the stream.
   *
   * @param first the position from which on
   * @param values {@code [pos - first, source, d_model]}
   */
  public record Sources(int first, Tensor values) {}

  /**
   * Upwards instead: adds what attention makes of sources to what they have added to the stream
   * before it. Only for layers without norms on what attention adds and behind it.
   *
   * @param blocks sources at the stream before the block; on return, at the stream after attention
   */
  public void pushThroughAttentionInPlace(
      int layer, ModelWeights.Layer parts, List<Sources> blocks) {
    ValueMap map = valueMap(layer, parts);
    List<Tensor> values = blocks.stream().map(block -> map.of(block, config)).toList();
    Tensor outputWeight = parts.attention().output().weight();
    model.eachPatternBlock(
        layer,
        parts.attention(),
        run.tokens(),
        run.attentionIn(layer).unsqueeze(0),
        run.length(),
        (from, to, pattern) -> {
          for (int b = 0; b < blocks.size(); b++) {
            int first = blocks.get(b).first();
            int begin = Math.max(from, first);
            if (begin < to) {
              try (var _ = NativeScope.open()) {
                Tensor seen = pattern.select(0, 0).slice(1, begin - from, to - from);
                addOutput(
                    blocks.get(b).values().slice(0, begin - first, to - first),
                    seen.slice(2, first, to),
                    values.get(b).slice(1, 0, to - first),
                    outputWeight);
              }
            }
          }
        });
  }

  /**
   * Adds what attention makes of values in some query rows.
   *
   * @param stream {@code [rows, source, d_model]}
   * @param pattern {@code [n_heads, rows, keys]}
   * @param values {@code [n_kv_heads, keys, source · d_head]}
   * @param weight {@code [d_model, n_heads · d_head]}
   */
  private void addOutput(Tensor stream, Tensor pattern, Tensor values, Tensor weight) {
    int rows = stream.size(0);
    int sources = stream.size(1);
    int keyValueHeads = config.keyValueHeads();
    long width = (long) config.heads() * config.headSize();
    Tensor mixed =
        pattern
            .reshape(keyValueHeads, (long) config.groupSize() * rows, pattern.size(2))
            .matmul(values)
            .reshape(keyValueHeads, config.groupSize(), rows, sources, config.headSize())
            .permute(2, 3, 0, 1, 4)
            .reshape((long) rows * sources, width);
    stream
        .reshape((long) rows * sources, stream.size(2))
        .plusMatmulInPlace(mixed, weight.transpose(0, 1));
  }

  /** The first attention of targets or sources that stand at one position each. */
  public FirstAttention firstAttention(int layer, ModelWeights.Layer parts) {
    ValueMap map = valueMap(layer, parts);
    return new FirstAttention(model, run, layer, map.weight, map.scale);
  }

  /** What attention adds at every position whatever it reads: {@code [d_model]}. */
  public Tensor attentionConstant(int layer, ModelWeights.Layer parts) {
    ModelWeights.Linear output = parts.attention().output();
    Tensor constant = valueMap(layer, parts).constant();
    Tensor values =
        constant == null
            ? Tensor.zeros(output.weight().dtype(), output.weight().size(1))
            : constant
                .reshape(config.keyValueHeads(), 1, config.headSize())
                .expand(-1, config.groupSize(), -1)
                .reshape((long) config.heads() * config.headSize());
    return output.of(values.unsqueeze(0)).squeeze(0);
  }

  /**
   * From the output of the unembedding's input to the stream after the last block, at one position.
   */
  public Tensor throughFinalNorm(Tensor directions, int position) {
    ModelWeights.Ends ends = model.weights().ends();
    Tensor projected =
        ends.projectOut() == null ? directions : directions.matmul(ends.projectOut().weight());
    Tensor scale = run.scale(Site.FINAL_NORM_SCALE);
    return throughNorm(
            ends.finalNorm(),
            scale == null ? null : scale.slice(0, position, (long) position + 1),
            projected.unsqueeze(0))
        .squeeze(0);
  }

  /**
   * What the tokens, positions and the embedding's constants contribute to targets at the bottom.
   */
  public Embedded atEmbedding(Tensor gradient) {
    ModelWeights.Ends ends = model.weights().ends();
    int positions = gradient.size(0);
    Tensor entering =
        throughNorm(ends.embeddingNorm(), run.scale(Site.EMBEDDING_NORM_SCALE), gradient);
    Tensor rows = run.embedding().times(config.embeddingScale());
    if (ends.projectIn() != null) {
      rows = rows.linear(ends.projectIn().weight(), null);
    }
    Tensor constants = Tensor.zeros(gradient.dtype(), gradient.size(1));
    addProduct(constants, gradient, bias(ends.embeddingNorm()));
    addProduct(constants, entering, ends.projectIn() == null ? null : ends.projectIn().bias());
    Tensor learned = run.positionEmbedding();
    return new Embedded(
        products(entering, rows.slice(0, 0, positions)),
        learned == null ? null : products(entering, learned.slice(0, 0, positions)),
        constants);
  }

  /**
   * Contributions at the bottom.
   *
   * @param tokens {@code [pos, target]}
   * @param positions {@code [pos, target]}, null without learned positions
   * @param constants {@code [target]}
   */
  public record Embedded(Tensor tokens, @Nullable Tensor positions, Tensor constants) {}

  /** The neurons of a layer, their gains and a mixture's routing as they were in the run. */
  public FrozenNeurons neurons(int layer, ModelWeights.Layer parts) {
    return neurons(layer, parts, 0, run.length());
  }

  /** As {@link #neurons}, of the positions {@code [from, to)} alone. */
  public FrozenNeurons neurons(int layer, ModelWeights.Layer parts, int from, int to) {
    Tensor input = run.mlpIn(layer).slice(0, from, to);
    return switch (parts.mlp()) {
      case ModelWeights.Dense dense -> FrozenNeurons.of(dense, Neurons.of(config, dense, input));
      case ModelWeights.Mixture mixture -> {
        Routing routing = new Routing(run.routerWeights(layer).slice(0, from, to));
        yield new ExpertNeurons(mixture, model.mlps().neurons(mixture, routing, input), routing);
      }
    };
  }

  public static @Nullable Tensor bias(ModelWeights.@Nullable Norm norm) {
    return norm == null ? null : norm.bias();
  }

  /** Adds Σ over positions of {@code gradient · constant} to {@code totals [target]}. */
  public static void addProduct(Tensor totals, Tensor gradient, @Nullable Tensor constant) {
    if (constant != null) {
      totals.plusInPlace(gradient.sum(false, 0).matmul(constant));
    }
  }

  /**
   * The product of each gradient {@code [pos, target, d_model]} with its position's row {@code
   * [pos, d_model]}: {@code [pos, target]}.
   */
  public static Tensor products(Tensor gradient, Tensor rows) {
    return gradient.matmul(rows.unsqueeze(2)).squeeze(2);
  }
}
