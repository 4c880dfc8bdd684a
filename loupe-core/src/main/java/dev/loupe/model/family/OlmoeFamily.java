package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import java.util.Set;

/** OLMoE (Muennighoff et al. 2024): mixtures of many small experts, a norm on queries and keys. */
final class OlmoeFamily implements Family {
  @Override
  public String name() {
    return "olmoe";
  }

  @Override
  public String architecture() {
    return "OlmoeForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Of training.
    return Set.of("output_router_logits", "router_aux_loss_coef");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(settings, name(), new Decoder.Sizes(50304, 2048, 2048, 16, 16, 0, 0, 4096));
    draft.normEpsilon = settings.positive(1e-5, "rms_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
    draft.projectionClip = settings.cap("clip_qkv", 0);
    int experts = settings.size(64, "num_experts", "num_local_experts");
    draft.mixtures(
        new ModelConfig.MixtureShape(
            experts,
            draft.chosen(experts, 8),
            draft.dMlp,
            0,
            settings.flag("norm_topk_prob", false)),
        _ -> true);
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config, settings, parts, false, parts.body("model.").rmsNorm("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    boolean bias = settings.flag("attention_bias", false);
    return Decoder.preNorm(
        config,
        block,
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.WHOLE),
        Decoder.mixture(
            config,
            layer,
            block,
            "mlp.gate",
            "mlp.experts.%d.gate_proj",
            "mlp.experts.%d.up_proj",
            "mlp.experts.%d.down_proj"));
  }
}
