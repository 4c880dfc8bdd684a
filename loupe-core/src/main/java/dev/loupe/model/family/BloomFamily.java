package dev.loupe.model.family;

import dev.loupe.model.Activation;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.tensor.Tensor;
import java.util.Set;

/**
 * BLOOM (2022): a norm on the token rows, attention that falls with distance (ALiBi) instead of
 * positions, query, key and value fused head by head.
 */
final class BloomFamily implements Family {
  @Override
  public String name() {
    return "bloom";
  }

  @Override
  public String architecture() {
    return "BloomForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Precision and fusion of the same sums; two names of GPT-2's that have no part here.
    return Set.of(
        "attention_softmax_in_fp32",
        "bias_dropout_fusion",
        "masked_softmax_fusion",
        "n_inner",
        "skip_bias_add",
        "skip_bias_add_qkv",
        "slow_but_exact");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = new Draft(settings, name());
    draft.layers = settings.layers(2, "n_layer", "num_hidden_layers");
    draft.dModel = settings.size(64, "n_embed", "hidden_size");
    draft.plainHeads(settings.size(8, "n_head", "num_attention_heads"));
    draft.dMlp = 4 * draft.dModel;
    draft.vocabulary = settings.vocabulary(250_880);
    // Without positions there is no bound; this is what the published models were trained on.
    draft.context = settings.positions(2048, "seq_length");
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_epsilon");
    draft.activation = Activation.GELU_TANH_ROUNDED;
    draft.alibi = true;
    settings.require("apply_residual_connection_post_layernorm", false, false);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, null));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    Parts body = parts.body("transformer.");
    Tensor embedding = body.tensor("word_embeddings.weight", config.vocabulary(), config.dModel());
    return new ModelWeights.Ends(
        embedding,
        null,
        body.layerNorm("word_embeddings_layernorm", config.dModel()),
        null,
        body.layerNorm("ln_f", config.dModel()),
        null,
        settings.flag("tie_word_embeddings", true)
            ? new Linear(embedding, null)
            : parts.linear("lm_head", config.vocabulary(), config.dModel(), false));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = parts.body("transformer.").under("h." + layer + ".");
    int width = config.dModel();
    Linear fused = block.linear("self_attention.query_key_value", 3L * width, width, true);
    return new ModelWeights.Layer(
        block.layerNorm("input_layernorm", width),
        new ModelWeights.Attention(
            Parts.ofEachHead(fused, 0, config.heads(), config.headSize()),
            Parts.ofEachHead(fused, 1, config.heads(), config.headSize()),
            Parts.ofEachHead(fused, 2, config.heads(), config.headSize()),
            block.linear("self_attention.dense", width, width, true),
            null,
            null),
        null,
        null,
        block.layerNorm("post_attention_layernorm", width),
        new ModelWeights.Dense(
            null,
            block.linear("mlp.dense_h_to_4h", config.dMlp(), width, true),
            block.linear("mlp.dense_4h_to_h", width, config.dMlp(), true)),
        null,
        null);
  }
}
