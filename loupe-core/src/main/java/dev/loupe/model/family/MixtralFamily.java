package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import java.util.Set;

/** Mixtral (Jiang et al. 2024): Mistral whose MLPs are mixtures of experts. */
final class MixtralFamily implements Family {
  @Override
  public String name() {
    return "mixtral";
  }

  @Override
  public String architecture() {
    return "MixtralForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Of training.
    return Set.of("output_router_logits", "router_aux_loss_coef", "router_jitter_noise");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(
            settings, name(), new Decoder.Sizes(32000, 4096, 14336, 32, 32, 8, 0, 131072));
    draft.normEpsilon = settings.positive(1e-5, "rms_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
    int experts = settings.size(8, "num_local_experts", "num_experts");
    draft.mixtures(
        new ModelConfig.MixtureShape(experts, draft.chosen(experts, 2), draft.dMlp, 0, true),
        _ -> true);
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 1_000_000, draft.context);
    int window = settings.window("sliding_window", 0);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), window, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config, settings, parts, false, parts.body("model.").rmsNorm("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    return Decoder.preNorm(
        config,
        block,
        Decoder.attention(config, block, false, false, Decoder.QueryKeyNorm.NONE),
        Decoder.mixture(
            config,
            layer,
            block,
            "block_sparse_moe.gate",
            "block_sparse_moe.experts.%d.w1",
            "block_sparse_moe.experts.%d.w3",
            "block_sparse_moe.experts.%d.w2"));
  }
}
