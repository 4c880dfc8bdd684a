package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/**
 * OLMo 1 (2024): llama with layer norms that have no parameters, and queries, keys and values that
 * may be cut off at a bound.
 */
final class OlmoFamily implements Family {
  @Override
  public String name() {
    return "olmo";
  }

  @Override
  public String architecture() {
    return "OlmoForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.sized(settings, name(), new Decoder.Sizes(50304, 4096, 11008, 32, 32, 0, 0, 2048));
    draft.activation = settings.activation("hidden_act", "silu");
    draft.projectionClip = settings.cap("clip_qkv", 0);
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(config, settings, parts, false, parts.plainNorm(config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    boolean bias = settings.flag("attention_bias", false);
    return Decoder.preNorm(
        parts.plainNorm(config.dModel()),
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.NONE),
        parts.plainNorm(config.dModel()),
        Decoder.mlp(config, block, false));
  }
}
