package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/**
 * Qwen 2 (a bias on query, key and value) and Qwen 3 (a norm on each head of query and key
 * instead). Their window counts only where {@code use_sliding_window} says so.
 */
final class QwenFamily implements Family {
  private final boolean third;

  QwenFamily(boolean third) {
    this.third = third;
  }

  @Override
  public String name() {
    return third ? "qwen3" : "qwen2";
  }

  @Override
  public String architecture() {
    return third ? "Qwen3ForCausalLM" : "Qwen2ForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(
            settings,
            name(),
            new Decoder.Sizes(151936, 4096, 22016, 32, 32, 32, third ? 128 : 0, 32768));
    draft.activation = settings.activation("hidden_act", "silu");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
    int window = settings.windowIf("use_sliding_window", "sliding_window", 4096);
    int full = settings.count("max_window_layers", 28);
    LayerTypes sliding = LayerTypes.of(settings, draft.layers, layer -> layer >= full);
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
    boolean bias = third && settings.flag("attention_bias", false);
    return Decoder.preNorm(
        config,
        block,
        third
            ? Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.HEAD)
            : Decoder.attention(config, block, true, false, Decoder.QueryKeyNorm.NONE),
        Decoder.mlp(config, block, false));
  }
}
