package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import java.util.Set;

/**
 * Qwen 2 and Qwen 3 with mixtures of experts in all layers but those that the settings leave dense;
 * the second has an expert that every token goes through, with a gate of its own.
 */
final class QwenMoeFamily implements Family {
  private final boolean third;

  QwenMoeFamily(boolean third) {
    this.third = third;
  }

  @Override
  public String name() {
    return third ? "qwen3_moe" : "qwen2_moe";
  }

  @Override
  public String architecture() {
    return third ? "Qwen3MoeForCausalLM" : "Qwen2MoeForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Of training.
    return Set.of("output_router_logits", "router_aux_loss_coef");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(
            settings,
            name(),
            third
                ? new Decoder.Sizes(151_936, 2048, 6144, 24, 32, 4, 0, 32_768)
                : new Decoder.Sizes(151_936, 2048, 5632, 24, 16, 16, 0, 32_768));
    draft.activation = settings.activation("hidden_act", "silu");
    int experts = settings.size(third ? 128 : 60, "num_experts", "num_local_experts");
    int step = settings.size(1, "decoder_sparse_step");
    Set<Integer> dense = settings.tokens("mlp_only_layers");
    draft.mixtures(
        new ModelConfig.MixtureShape(
            experts,
            draft.chosen(experts, third ? 8 : 4),
            settings.size(third ? 768 : 1408, "moe_intermediate_size"),
            third ? 0 : settings.size(5632, "shared_expert_intermediate_size"),
            settings.flag("norm_topk_prob", false)),
        layer -> !dense.contains(layer) && (layer + 1) % step == 0);
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10_000, draft.context);
    int window = settings.windowIf("use_sliding_window", "sliding_window", 4096);
    int full = settings.count("max_window_layers", 28);
    // Of Qwen 3 the published code gives every layer the window.
    LayerTypes sliding =
        third
            ? LayerTypes.of(settings, draft.layers, _ -> true)
            : LayerTypes.of(settings, draft.layers, layer -> layer >= full);
    return draft.with(layer ->
        new ModelConfig.AttentionShape(draft.rootScale(), sliding.at(layer) ? window : 0, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config, settings, parts, false, parts.body("model.").rmsNorm("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    boolean bias = third ? settings.flag("attention_bias", false) : settings.flag("qkv_bias", true);
    return Decoder.preNorm(
        config,
        block,
        third
            ? Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.HEAD)
            : Decoder.attention(config, block, bias, false, Decoder.QueryKeyNorm.NONE),
        config.mixtures().containsKey(layer)
            ? mixture(config, layer, block)
            : Decoder.mlp(config, block, false));
  }

  private ModelWeights.Mixture mixture(ModelConfig config, int layer, Parts block) {
    ModelWeights.Mixture mixture =
        Decoder.mixture(
            config,
            layer,
            block,
            "mlp.gate",
            "mlp.experts.%d.gate_proj",
            "mlp.experts.%d.up_proj",
            "mlp.experts.%d.down_proj");
    if (third) {
      return mixture;
    }
    int width = config.dModel();
    int shared = mixture.shape().sharedWidth();
    return new ModelWeights.Mixture(
        mixture.shape(),
        mixture.router(),
        mixture.experts(),
        new ModelWeights.Dense(
            block.linear("mlp.shared_expert.gate_proj", shared, width, false),
            block.linear("mlp.shared_expert.up_proj", shared, width, false),
            block.linear("mlp.shared_expert.down_proj", width, shared, false)),
        block.linear("mlp.shared_expert_gate", 1, width, false));
  }
}
