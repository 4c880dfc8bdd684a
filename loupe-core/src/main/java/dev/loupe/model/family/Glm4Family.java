package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/**
 * GLM-4-0414 (2025): norms before and after attention and MLP, rotary that turns neighbouring
 * dimensions in the first half of a head, gate and up in one map.
 */
final class Glm4Family implements Family {
  @Override
  public String name() {
    return "glm4";
  }

  @Override
  public String architecture() {
    return "Glm4ForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.sized(
            settings, name(), new Decoder.Sizes(151_552, 4096, 13_696, 40, 32, 2, 128, 131_072));
    draft.norm = ModelConfig.Norm.RMS;
    draft.normEpsilon = settings.positive(1.5625e-7, "rms_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
    double share = settings.share(0.5, "partial_rotary_factor");
    Rotary rotary =
        RotaryScaling.rotary(settings, draft.headSize, share, 10000, draft.context).ofNeighbours();
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
    int width = config.dModel();
    boolean bias = settings.flag("attention_bias", true);
    return new ModelWeights.Layer(
        block.rmsNorm("input_layernorm", width),
        Decoder.attention(config, block, bias, false, Decoder.QueryKeyNorm.NONE),
        block.rmsNorm("post_self_attn_layernorm", width),
        null,
        block.rmsNorm("post_attention_layernorm", width),
        Decoder.fusedMlp(config, block),
        block.rmsNorm("post_mlp_layernorm", width),
        null);
  }
}
