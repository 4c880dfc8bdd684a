package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/**
 * StableLM 2 (2024): llama with layer norms and rotary on a share of the dimensions; attention and
 * MLP in turn, or in parallel from one norm.
 */
final class StableLmFamily implements Family {
  @Override
  public String name() {
    return "stablelm";
  }

  @Override
  public String architecture() {
    return "StableLmForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.sized(settings, name(), new Decoder.Sizes(50304, 2560, 6912, 32, 32, 32, 0, 4096));
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
    settings.require("qk_layernorm", false, false);
    if (settings.flag("use_parallel_residual", false)) {
      draft.block = ModelConfig.Block.PARALLEL;
    }
    double share = settings.share(0.25, "partial_rotary_factor");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, share, 10000, draft.context);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config, settings, parts, false, parts.body("model.").layerNorm("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    boolean bias = settings.flag("use_qkv_bias", false);
    boolean parallel = config.block() == ModelConfig.Block.PARALLEL;
    return new ModelWeights.Layer(
        block.layerNorm("input_layernorm", config.dModel()),
        Decoder.attention(config, block, bias, false, Decoder.QueryKeyNorm.NONE),
        null,
        null,
        parallel ? null : block.layerNorm("post_attention_layernorm", config.dModel()),
        Decoder.mlp(config, block, false),
        null,
        null);
  }
}
