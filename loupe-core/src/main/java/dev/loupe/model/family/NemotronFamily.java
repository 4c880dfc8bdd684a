package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/**
 * Nemotron-4 and Minitron (2024): layer norms whose gain is stored less one, an MLP without gate
 * whose activation is the square of ReLU, rotary on a share of the dimensions.
 */
final class NemotronFamily implements Family {
  @Override
  public String name() {
    return "nemotron";
  }

  @Override
  public String architecture() {
    return "NemotronForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.sized(
            settings, name(), new Decoder.Sizes(256_000, 6144, 24_576, 32, 48, 0, 0, 4096));
    draft.gated = false;
    draft.normEpsilon = settings.positive(1e-5, "norm_eps");
    draft.activation = settings.activation("hidden_act", "relu2");
    double share = settings.share(0.5, "partial_rotary_factor");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, share, 10000, draft.context);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config,
        settings,
        parts,
        false,
        parts.body("model.").layerNormFromOne("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    int width = config.dModel();
    boolean bias = settings.flag("attention_bias", false);
    boolean mlpBias = settings.flag("mlp_bias", false);
    return Decoder.preNorm(
        block.layerNormFromOne("input_layernorm", width),
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.NONE),
        block.layerNormFromOne("post_attention_layernorm", width),
        new ModelWeights.Dense(
            null,
            block.linear("mlp.up_proj", config.dMlp(), width, mlpBias),
            block.linear("mlp.down_proj", width, config.dMlp(), mlpBias)));
  }
}
