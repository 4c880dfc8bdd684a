package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import dev.loupe.tensor.Tensor;

/**
 * Phi 1 to 2 (2023): one norm feeds attention and MLP in parallel, biases everywhere, also on the
 * unembedding.
 */
final class PhiFamily implements Family {
  @Override
  public String name() {
    return "phi";
  }

  @Override
  public String architecture() {
    return "PhiForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = new Draft(settings, name());
    draft.layers = settings.layers(24, "num_hidden_layers");
    draft.dModel = settings.size(2048, "hidden_size");
    draft.groupedHeads(32, 0, 0);
    draft.dMlp = settings.size(8192, "intermediate_size");
    draft.vocabulary = settings.vocabulary(51200);
    draft.context = settings.positions(2048, "max_position_embeddings");
    draft.block = ModelConfig.Block.PARALLEL;
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_eps");
    draft.activation = settings.activation("hidden_act", "gelu_new");
    settings.require("qk_layernorm", false, false);
    double share = settings.share(0.5, "partial_rotary_factor");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, share, 10000, draft.context);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    Parts body = parts.body("model.");
    Tensor embedding = body.tensor("embed_tokens.weight", config.vocabulary(), config.dModel());
    return new ModelWeights.Ends(
        embedding,
        null,
        null,
        null,
        body.layerNorm("final_layernorm", config.dModel()),
        null,
        Decoder.biasedHead(config, settings, parts, embedding));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    int width = config.dModel();
    long queries = (long) config.heads() * config.headSize();
    long keys = (long) config.keyValueHeads() * config.headSize();
    return new ModelWeights.Layer(
        block.layerNorm("input_layernorm", width),
        new ModelWeights.Attention(
            block.linear("self_attn.q_proj", queries, width, true),
            block.linear("self_attn.k_proj", keys, width, true),
            block.linear("self_attn.v_proj", keys, width, true),
            block.linear("self_attn.dense", width, queries, true),
            null,
            null),
        null,
        null,
        null,
        new ModelWeights.Dense(
            null,
            block.linear("mlp.fc1", config.dMlp(), width, true),
            block.linear("mlp.fc2", width, config.dMlp(), true)),
        null,
        null);
  }
}
