package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.Rotary;
import dev.loupe.tensor.Tensor;

/**
 * GPT-NeoX (Black et al. 2022), the family of Pythia: query, key and value fused head by head,
 * rotary on a share of the dimensions, attention and MLP in parallel with a norm each, or in turn.
 */
final class GptNeoXFamily implements Family {
  @Override
  public String name() {
    return "gpt_neox";
  }

  @Override
  public String architecture() {
    return "GPTNeoXForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = new Draft(settings, name());
    draft.layers = settings.layers(44, "num_hidden_layers");
    draft.dModel = settings.size(6144, "hidden_size");
    draft.plainHeads(settings.size(64, "num_attention_heads"));
    draft.dMlp = settings.size(24576, "intermediate_size");
    draft.vocabulary = settings.vocabulary(50432);
    draft.context = settings.positions(2048, "max_position_embeddings");
    draft.block =
        settings.flag("use_parallel_residual", true)
            ? ModelConfig.Block.PARALLEL
            : ModelConfig.Block.SEQUENTIAL;
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_eps");
    draft.activation = settings.activation("hidden_act", "gelu");
    double share = settings.share(0.25, "rotary_pct", "partial_rotary_factor");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, share, 10_000, draft.context);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    Parts body = parts.body("gpt_neox.");
    Tensor embedding = body.tensor("embed_in.weight", config.vocabulary(), config.dModel());
    return new ModelWeights.Ends(
        embedding,
        null,
        null,
        null,
        body.layerNorm("final_layer_norm", config.dModel()),
        null,
        settings.flag("tie_word_embeddings", false)
            ? new Linear(embedding, null)
            : parts.linear("embed_out", config.vocabulary(), config.dModel(), false));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = parts.body("gpt_neox.").under("layers." + layer + ".");
    int width = config.dModel();
    boolean bias = settings.flag("attention_bias", true);
    Linear fused = block.linear("attention.query_key_value", 3L * width, width, bias);
    return new ModelWeights.Layer(
        block.layerNorm("input_layernorm", width),
        new ModelWeights.Attention(
            Parts.ofEachHead(fused, 0, config.heads(), config.headSize()),
            Parts.ofEachHead(fused, 1, config.heads(), config.headSize()),
            Parts.ofEachHead(fused, 2, config.heads(), config.headSize()),
            block.linear("attention.dense", width, width, bias),
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
