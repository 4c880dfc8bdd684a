package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.ModelWeights.Norm;
import dev.loupe.tensor.Tensor;

/**
 * What llama and the families after it share: RMS norms, rotary positions, grouped heads, a gated
 * MLP, and the names of the tensors.
 */
final class Decoder {
  private Decoder() {}

  /** A draft with everything but the attention. */
  static Draft draft(Settings settings, String family, Sizes sizes) {
    Draft draft = sized(settings, family, sizes);
    draft.norm = ModelConfig.Norm.RMS;
    draft.normEpsilon = settings.positive(1e-6, "rms_norm_eps");
    return draft;
  }

  /** A draft with everything but norms and attention. */
  static Draft sized(Settings settings, String family, Sizes sizes) {
    Draft draft = new Draft(settings, family);
    draft.layers = settings.layers(sizes.layers(), "num_hidden_layers");
    draft.dModel = settings.size(sizes.dModel(), "hidden_size");
    draft.groupedHeads(sizes.heads(), sizes.keyValueHeads(), sizes.headSize());
    draft.dMlp = settings.size(sizes.dMlp(), "intermediate_size");
    draft.vocabulary = settings.vocabulary(sizes.vocabulary());
    draft.context = settings.positions(sizes.context(), "max_position_embeddings");
    draft.gated = true;
    return draft;
  }

  /**
   * The sizes of a family's published configuration class, for keys that a file leaves out.
   *
   * @param keyValueHeads 0 for as many as heads
   * @param headSize 0 for an equal share of the width
   */
  record Sizes(
      int vocabulary,
      int dModel,
      int dMlp,
      int layers,
      int heads,
      int keyValueHeads,
      int headSize,
      int context) {}

  /** The parts outside the blocks. */
  static ModelWeights.Ends ends(
      ModelConfig config, Settings settings, Parts parts, boolean tied, Norm finalNorm) {
    Tensor embedding =
        parts.body("model.").tensor("embed_tokens.weight", config.vocabulary(), config.dModel());
    return new ModelWeights.Ends(
        embedding,
        null,
        null,
        null,
        finalNorm,
        null,
        settings.flag("tie_word_embeddings", tied)
            ? new Linear(embedding, null)
            : parts.linear("lm_head", config.vocabulary(), config.dModel(), false));
  }

  /** A head with a bias, whose weight may be the embedding. */
  static Linear biasedHead(ModelConfig config, Settings settings, Parts parts, Tensor embedding) {
    return settings.flag("tie_word_embeddings", false)
        ? new Linear(embedding, parts.tensor("lm_head.bias", config.vocabulary()))
        : parts.linear("lm_head", config.vocabulary(), config.dModel(), true);
  }

  /** The parts of one block, under {@code model.layers.N.}. */
  static Parts block(Parts parts, int layer) {
    return parts.body("model.").under("layers." + layer + ".");
  }

  /** Attention from four separate maps. */
  static ModelWeights.Attention attention(
      ModelConfig config, Parts block, boolean bias, boolean outputBias, QueryKeyNorm norm) {
    long queries = (long) config.heads() * config.headSize();
    long keys = (long) config.keyValueHeads() * config.headSize();
    int width = config.dModel();
    return new ModelWeights.Attention(
        block.linear("self_attn.q_proj", queries, width, bias),
        block.linear("self_attn.k_proj", keys, width, bias),
        block.linear("self_attn.v_proj", keys, width, bias),
        block.linear("self_attn.o_proj", width, queries, outputBias),
        switch (norm) {
          case NONE -> null;
          case HEAD -> block.rmsNorm("self_attn.q_norm", config.headSize());
          case HEAD_FROM_ONE -> block.rmsNormFromOne("self_attn.q_norm", config.headSize());
          case WHOLE -> block.rmsNorm("self_attn.q_norm", queries);
        },
        switch (norm) {
          case NONE -> null;
          case HEAD -> block.rmsNorm("self_attn.k_norm", config.headSize());
          case HEAD_FROM_ONE -> block.rmsNormFromOne("self_attn.k_norm", config.headSize());
          case WHOLE -> block.rmsNorm("self_attn.k_norm", keys);
        });
  }

  /** The norm on queries and keys. */
  enum QueryKeyNorm {
    NONE,
    /** On each head. */
    HEAD,
    /** On each head, the gain stored less one. */
    HEAD_FROM_ONE,
    /** On the whole projection. */
    WHOLE
  }

  /** A gated MLP from three separate maps. */
  static ModelWeights.Dense mlp(ModelConfig config, Parts block, boolean bias) {
    return new ModelWeights.Dense(
        block.linear("mlp.gate_proj", config.dMlp(), config.dModel(), bias),
        block.linear("mlp.up_proj", config.dMlp(), config.dModel(), bias),
        block.linear("mlp.down_proj", config.dModel(), config.dMlp(), bias));
  }

  /**
   * A mixture of gated experts, each of three separate maps without biases.
   *
   * @param router the name of the router's map
   * @param gate name of an expert's map into the gate, with {@code %d} for its number
   * @param up the same of its other half
   * @param down the same of its map back to the stream
   */
  static ModelWeights.Mixture mixture(
      ModelConfig config,
      int layer,
      Parts block,
      String router,
      String gate,
      String up,
      String down) {
    ModelConfig.MixtureShape shape = config.mixtures().get(layer);
    if (shape == null) {
      throw new IllegalArgumentException("layer " + layer + " is no mixture");
    }
    int width = config.dModel();
    return new ModelWeights.Mixture(
        shape,
        block.linear(router, shape.experts(), width, false),
        expert ->
            new ModelWeights.Dense(
                block.linear(gate.formatted(expert), shape.width(), width, false),
                block.linear(up.formatted(expert), shape.width(), width, false),
                block.linear(down.formatted(expert), width, shape.width(), false)),
        null,
        null);
  }

  /** A gated MLP with gate and up in one map, the gate first. */
  static ModelWeights.Dense fusedMlp(ModelConfig config, Parts block) {
    Linear gateUp = block.linear("mlp.gate_up_proj", 2L * config.dMlp(), config.dModel(), false);
    return new ModelWeights.Dense(
        Parts.rows(gateUp, 0, config.dMlp()),
        Parts.rows(gateUp, config.dMlp(), 2L * config.dMlp()),
        block.linear("mlp.down_proj", config.dModel(), config.dMlp(), false));
  }

  /** A block with a norm after attention and one after the MLP, inside the residual branches. */
  static ModelWeights.Layer postNorm(
      ModelConfig config, Parts block, ModelWeights.Attention attention, ModelWeights.Mlp mlp) {
    return new ModelWeights.Layer(
        null,
        attention,
        block.rmsNorm("post_attention_layernorm", config.dModel()),
        null,
        null,
        mlp,
        block.rmsNorm("post_feedforward_layernorm", config.dModel()),
        null);
  }

  /** A block with a norm before attention and one before the MLP. */
  static ModelWeights.Layer preNorm(
      ModelConfig config, Parts block, ModelWeights.Attention attention, ModelWeights.Mlp mlp) {
    return preNorm(
        block.rmsNorm("input_layernorm", config.dModel()),
        attention,
        block.rmsNorm("post_attention_layernorm", config.dModel()),
        mlp);
  }

  /** As {@link #preNorm(ModelConfig, Parts, ModelWeights.Attention, ModelWeights.Mlp)}. */
  static ModelWeights.Layer preNorm(
      Norm attentionNorm, ModelWeights.Attention attention, Norm mlpNorm, ModelWeights.Mlp mlp) {
    return new ModelWeights.Layer(attentionNorm, attention, null, null, mlpNorm, mlp, null, null);
  }
}
