package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/** Mistral (Jiang et al. 2023): llama with a sliding window in every layer. */
final class MistralFamily implements Family {
  @Override
  public String name() {
    return "mistral";
  }

  @Override
  public String architecture() {
    return "MistralForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(
            settings, name(), new Decoder.Sizes(32000, 4096, 14336, 32, 32, 8, 0, 131072));
    draft.activation = settings.activation("hidden_act", "silu");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
    int window = settings.window("sliding_window", 4096);
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
        Decoder.mlp(config, block, false));
  }
}
