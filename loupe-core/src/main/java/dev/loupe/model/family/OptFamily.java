package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.ModelWeights.Norm;
import dev.loupe.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * OPT (Zhang et al. 2022): learned positions that start at row 2, ReLU; norms before attention and
 * MLP or, in one size, after each sum; token rows that may be narrower than the stream.
 */
final class OptFamily implements Family {
  private static final int FIRST_POSITION = 2;

  @Override
  public String name() {
    return "opt";
  }

  @Override
  public String architecture() {
    return "OPTForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = new Draft(settings, name());
    draft.layers = settings.layers(12, "num_hidden_layers");
    draft.dModel = settings.size(768, "hidden_size");
    draft.plainHeads(settings.size(12, "num_attention_heads"));
    draft.dMlp = settings.size(3072, "ffn_dim");
    draft.vocabulary = settings.vocabulary(50272);
    draft.context = settings.positions(2048, "max_position_embeddings");
    draft.activation = settings.activation("activation_function", "relu");
    draft.positionOffset = FIRST_POSITION;
    settings.require("layer_norm_elementwise_affine", true, true);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, null));
  }

  private static boolean normBefore(Settings settings) {
    return settings.flag("do_layer_norm_before", true);
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    Parts body = parts.body("model.").under("decoder.");
    int width = config.dModel();
    int rows = settings.size("word_embed_proj_dim").orElse(width);
    boolean projected = rows != width;
    Tensor embedding = body.tensor("embed_tokens.weight", config.vocabulary(), rows);
    return new ModelWeights.Ends(
        embedding,
        body.tensor("embed_positions.weight", (long) config.context() + FIRST_POSITION, width),
        null,
        projected ? body.linear("project_in", width, rows, false) : null,
        finalNorm(settings, body, width),
        projected ? body.linear("project_out", rows, width, false) : null,
        settings.flag("tie_word_embeddings", true)
            ? new Linear(embedding, null)
            : parts.linear("lm_head", config.vocabulary(), rows, false));
  }

  private static @Nullable Norm finalNorm(Settings settings, Parts body, int width) {
    return normBefore(settings) && !settings.flag("_remove_final_layer_norm", false)
        ? body.layerNorm("final_layer_norm", width)
        : null;
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = parts.body("model.").under("decoder.layers." + layer + ".");
    int width = config.dModel();
    boolean bias = settings.flag("enable_bias", true);
    boolean before = normBefore(settings);
    Norm first = block.layerNorm("self_attn_layer_norm", width);
    Norm second = block.layerNorm("final_layer_norm", width);
    return new ModelWeights.Layer(
        before ? first : null,
        new ModelWeights.Attention(
            block.linear("self_attn.q_proj", width, width, bias),
            block.linear("self_attn.k_proj", width, width, bias),
            block.linear("self_attn.v_proj", width, width, bias),
            block.linear("self_attn.out_proj", width, width, bias),
            null,
            null),
        null,
        before ? null : first,
        before ? second : null,
        new ModelWeights.Dense(
            null,
            block.linear("fc1", config.dMlp(), width, bias),
            block.linear("fc2", width, config.dMlp(), bias)),
        null,
        before ? null : second);
  }
}
