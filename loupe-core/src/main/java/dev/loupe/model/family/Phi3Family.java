package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.Rotary;

/** Phi-3 (2024): llama with query, key and value in one map, and gate and up in another. */
final class Phi3Family implements Family {
  @Override
  public String name() {
    return "phi3";
  }

  @Override
  public String architecture() {
    return "Phi3ForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(settings, name(), new Decoder.Sizes(32064, 3072, 8192, 32, 32, 0, 0, 4096));
    draft.normEpsilon = settings.positive(1e-5, "rms_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
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
    int width = config.dModel();
    long queries = (long) config.heads() * config.headSize();
    long keys = (long) config.keyValueHeads() * config.headSize();
    Linear fused = block.linear("self_attn.qkv_proj", queries + 2 * keys, width, false);
    return Decoder.preNorm(
        config,
        block,
        new ModelWeights.Attention(
            Parts.rows(fused, 0, queries),
            Parts.rows(fused, queries, queries + keys),
            Parts.rows(fused, queries + keys, queries + 2 * keys),
            block.linear("self_attn.o_proj", width, queries, false),
            null,
            null),
        Decoder.fusedMlp(config, block));
  }
}
