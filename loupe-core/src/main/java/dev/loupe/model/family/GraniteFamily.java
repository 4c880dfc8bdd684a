package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/**
 * Granite 3 (2024): llama with four multipliers: of the token rows, of query · key (in place of the
 * root of the head size), of what attention and MLP add, and, as a divisor, of the logits. The
 * third is a factor of the two maps that write to the stream.
 */
final class GraniteFamily implements Family {
  @Override
  public String name() {
    return "granite";
  }

  @Override
  public String architecture() {
    return "GraniteForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(settings, name(), new Decoder.Sizes(32000, 4096, 11008, 32, 32, 0, 0, 2048));
    draft.activation = settings.activation("hidden_act", "silu");
    draft.embeddingScale = settings.positive(1, "embedding_multiplier");
    draft.logitScale = 1 / settings.positive(1, "logits_scaling");
    double scale = settings.positive(1, "attention_multiplier");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
    return draft.with(_ -> new ModelConfig.AttentionShape(scale, 0, rotary));
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
    double added = settings.positive(1, "residual_multiplier");
    ModelWeights.Attention attention =
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.NONE);
    ModelWeights.Dense mlp = Decoder.mlp(config, block, settings.flag("mlp_bias", false));
    return Decoder.preNorm(
        config,
        block,
        attention.withOutput(Parts.scaled(attention.output(), added)),
        new ModelWeights.Dense(mlp.gate(), mlp.up(), Parts.scaled(mlp.down(), added)));
  }
}
