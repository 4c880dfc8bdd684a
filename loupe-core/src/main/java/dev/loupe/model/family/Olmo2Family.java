package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/**
 * OLMo 2 (2024): no norm before attention and MLP but one after each, inside the residual branch,
 * and one over the whole projection of queries and of keys. OLMo 3 (2025) adds windows in three of
 * four layers, where positions are never scaled.
 */
final class Olmo2Family implements Family {
  private final boolean third;

  Olmo2Family(boolean third) {
    this.third = third;
  }

  @Override
  public String name() {
    return third ? "olmo3" : "olmo2";
  }

  @Override
  public String architecture() {
    return third ? "Olmo3ForCausalLM" : "Olmo2ForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(settings, name(), new Decoder.Sizes(50304, 4096, 11008, 32, 32, 0, 0, 2048));
    draft.normEpsilon = settings.positive(1e-5, "rms_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
    int size = draft.headSize;
    if (!third) {
      Rotary rotary = RotaryScaling.rotary(settings, size, 10000, draft.context);
      return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
    }
    Rotary rotary =
        RotaryScaling.ofKind(settings, RotaryScaling.FULL, size, 10000, draft.context)
            .orElseGet(() -> RotaryScaling.rotary(settings, size, 10000, draft.context));
    Rotary local =
        RotaryScaling.ofKind(settings, RotaryScaling.SLIDING, size, 10000, draft.context)
            .orElseGet(() -> RotaryScaling.unscaled(settings, size, 10000));
    int window = settings.window("sliding_window", 4096);
    LayerTypes sliding = LayerTypes.of(settings, draft.layers, layer -> (layer + 1) % 4 != 0);
    return draft.with(layer ->
        sliding.at(layer)
            ? new ModelConfig.AttentionShape(draft.rootScale(), window, local)
            : new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
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
    return Decoder.postNorm(
        config,
        block,
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.WHOLE),
        Decoder.mlp(config, block, false));
  }
}
