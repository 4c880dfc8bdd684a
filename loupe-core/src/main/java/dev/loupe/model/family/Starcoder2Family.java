package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;

/** StarCoder2 (Lozhkov et al. 2024): layer norms, biases everywhere, an MLP without gate. */
final class Starcoder2Family implements Family {
  @Override
  public String name() {
    return "starcoder2";
  }

  @Override
  public String architecture() {
    return "Starcoder2ForCausalLM";
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.sized(settings, name(), new Decoder.Sizes(49152, 3072, 12288, 30, 24, 2, 0, 4096));
    draft.gated = false;
    draft.normEpsilon = settings.positive(1e-5, "norm_epsilon");
    draft.activation = settings.activation("hidden_act", "gelu_pytorch_tanh");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
    int window = settings.window("sliding_window", 0);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), window, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config, settings, parts, true, parts.body("model.").layerNorm("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    int width = config.dModel();
    boolean bias = settings.flag("use_bias", true);
    return Decoder.preNorm(
        block.layerNorm("input_layernorm", width),
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.NONE),
        block.layerNorm("post_attention_layernorm", width),
        new ModelWeights.Dense(
            null,
            block.linear("mlp.c_fc", config.dMlp(), width, bias),
            block.linear("mlp.c_proj", width, config.dMlp(), bias)));
  }
}
