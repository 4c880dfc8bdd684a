package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import java.util.Set;

/**
 * EXAONE 4 (2025): no norm before attention and MLP but one after each, one on each head of query
 * and key, and, where some layers have a window, rotary in those only.
 */
final class Exaone4Family implements Family {
  @Override
  public String name() {
    return "exaone4";
  }

  @Override
  public String architecture() {
    return "Exaone4ForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Made into layer_types when the configuration was saved.
    return Set.of("sliding_window_pattern");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(
            settings, name(), new Decoder.Sizes(102_400, 4096, 16_384, 32, 32, 32, 0, 2048));
    draft.normEpsilon = settings.positive(1e-5, "rms_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
    int window = settings.window("sliding_window", 4096);
    LayerTypes sliding = LayerTypes.everyNth(settings, draft.layers, 4);
    return draft.with(layer ->
        window == 0 || sliding.at(layer)
            ? new ModelConfig.AttentionShape(draft.rootScale(), window, rotary)
            : new ModelConfig.AttentionShape(draft.rootScale(), 0, null));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config, settings, parts, false, parts.body("model.").rmsNorm("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    return Decoder.postNorm(
        config,
        block,
        Decoder.attention(config, block, false, false, Decoder.QueryKeyNorm.HEAD),
        Decoder.mlp(config, block, false));
  }
}
