package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/**
 * OLMo 2 (2024): no norm before attention and MLP but one after each, inside the residual branch,
 * and one over the whole projection of queries and of keys.
 */
final class Olmo2Family implements Family {
  @Override
  public String name() {
    return "olmo2";
  }

  @Override
  public String architecture() {
    return "Olmo2ForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(settings, name(), new Decoder.Sizes(50304, 4096, 11008, 32, 32, 0, 0, 2048));
    draft.normEpsilon = settings.positive(1e-5, "rms_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
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
    return new ModelWeights.Layer(
        null,
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.WHOLE),
        block.rmsNorm("post_attention_layernorm", config.dModel()),
        null,
        null,
        Decoder.mlp(config, block, false),
        block.rmsNorm("post_feedforward_layernorm", config.dModel()),
        null);
  }
}
