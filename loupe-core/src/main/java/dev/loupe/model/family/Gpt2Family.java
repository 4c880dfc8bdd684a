package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.tensor.Tensor;
import java.util.Set;

/**
 * GPT-2 (Radford et al. 2019): learned positions, one fused map for query, key and value, weights
 * stored {@code [in, out]}. The causal mask that files store as {@code attn.bias} is ignored.
 */
final class Gpt2Family implements Family {
  @Override
  public String name() {
    return "gpt2";
  }

  @Override
  public String architecture() {
    return "GPT2LMHeadModel";
  }

  @Override
  public Set<String> withoutEffect() {
    return Set.of("n_ctx", "reorder_and_upcast_attn");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = new Draft(settings, name());
    draft.layers = settings.layers(12, "n_layer", "num_hidden_layers");
    draft.dModel = settings.size(768, "n_embd", "hidden_size");
    draft.plainHeads(settings.size(12, "n_head", "num_attention_heads"));
    draft.dMlp = settings.size("n_inner").orElse(4 * draft.dModel);
    draft.vocabulary = settings.vocabulary(50257);
    draft.context = settings.positions(1024, "n_positions", "max_position_embeddings");
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_epsilon");
    draft.activation = settings.activation("activation_function", "gelu_new");
    double scale = settings.flag("scale_attn_weights", true) ? draft.rootScale() : 1;
    boolean byLayer = settings.flag("scale_attn_by_inverse_layer_idx", false);
    return draft.with(
        layer -> new ModelConfig.AttentionShape(byLayer ? scale / (layer + 1) : scale, 0, null));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    Parts body = parts.body("transformer.");
    Tensor embedding = body.tensor("wte.weight", config.vocabulary(), config.dModel());
    return new ModelWeights.Ends(
        embedding,
        body.tensor("wpe.weight", config.context(), config.dModel()),
        null,
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
    long width = config.dModel();
    Linear fused = block.transposed("attn.c_attn", 3 * width, width);
    return new ModelWeights.Layer(
        block.layerNorm("ln_1", width),
        new ModelWeights.Attention(
            Parts.rows(fused, 0, width),
            Parts.rows(fused, width, 2 * width),
            Parts.rows(fused, 2 * width, 3 * width),
            block.transposed("attn.c_proj", width, width),
            null,
            null),
        null,
        null,
        block.layerNorm("ln_2", width),
        new ModelWeights.Dense(
            null,
            block.transposed("mlp.c_fc", config.dMlp(), width),
            block.transposed("mlp.c_proj", width, config.dMlp())),
        null,
        null);
  }
}
