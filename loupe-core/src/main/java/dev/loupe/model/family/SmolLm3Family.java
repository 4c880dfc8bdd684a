package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** SmolLM3 (2025): llama, some of whose layers do not rotate queries and keys. */
final class SmolLm3Family implements Family {
  @Override
  public String name() {
    return "smollm3";
  }

  @Override
  public String architecture() {
    return "SmolLM3ForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Made into no_rope_layers when the configuration was saved.
    return Set.of("no_rope_layer_interval");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(
            settings, name(), new Decoder.Sizes(128_256, 2048, 11_008, 36, 16, 4, 0, 32_768));
    draft.activation = settings.activation("hidden_act", "silu");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 2_000_000, draft.context);
    IntPredicate rotated = rotated(settings, draft.layers);
    int window = settings.windowIf("use_sliding_window", "sliding_window", 0);
    LayerTypes sliding = LayerTypes.of(settings, draft.layers, layer -> !rotated.test(layer));
    return draft.with(layer ->
        new ModelConfig.AttentionShape(
            draft.rootScale(),
            sliding.at(layer) ? window : 0,
            rotated.test(layer) ? rotary : null));
  }

  /** By {@code no_rope_layers}, where 0 means that a layer is not rotated, else by the interval. */
  private static IntPredicate rotated(Settings settings, int layers) {
    List<Double> given = settings.numbers("no_rope_layers");
    if (given.isEmpty()) {
      int interval = settings.size(4, "no_rope_layer_interval");
      return layer -> (layer + 1) % interval != 0;
    }
    if (given.size() != layers || !given.stream().allMatch(each -> each == 0 || each == 1)) {
      throw settings.wrong("no_rope_layers", given, layers + " numbers, each 0 or 1");
    }
    return layer -> given.get(layer) == 1;
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config, settings, parts, true, parts.body("model.").rmsNorm("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    boolean bias = settings.flag("attention_bias", false);
    return Decoder.preNorm(
        config,
        block,
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.NONE),
        Decoder.mlp(config, block, settings.flag("mlp_bias", false)));
  }
}
