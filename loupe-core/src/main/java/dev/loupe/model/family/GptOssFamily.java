package dev.loupe.model.family;

import dev.loupe.model.Activation;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.Rotary;
import dev.loupe.tensor.Tensor;
import java.util.Objects;
import java.util.Set;

/**
 * gpt-oss (2025): mixtures of experts with biases and limits on gate and linear half, sinks in
 * attention, biases on its four maps, windows in every other layer.
 */
final class GptOssFamily implements Family {
  @Override
  public String name() {
    return "gpt_oss";
  }

  @Override
  public String architecture() {
    return "GptOssForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Of training; names of the first code; the experts' activation is fixed in the published code.
    return Set.of(
        "output_router_logits",
        "router_aux_loss_coef",
        "experts_per_token",
        "initial_context_length",
        "hidden_act",
        "swiglu_limit");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.draft(
            settings, name(), new Decoder.Sizes(201_088, 2880, 2880, 36, 64, 8, 64, 131_072));
    settings
        .section("quantization_config")
        .ifPresent(quantised -> {
          String method = quantised.text("quant_method").orElse("none");
          if (!method.equals("mxfp4")) {
            throw quantised.unsupported("quant_method", method, "mxfp4");
          }
        });
    draft.normEpsilon = settings.positive(1e-5, "rms_norm_eps");
    draft.activation = Activation.GELU_SIGMOID;
    draft.gateLimit = 7;
    int experts = settings.size(128, "num_local_experts", "num_experts");
    draft.mixtures(
        new ModelConfig.MixtureShape(experts, draft.chosen(experts, 4), draft.dMlp, 0, true),
        _ -> true);
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 150_000, draft.context);
    int window = settings.window("sliding_window", 128);
    LayerTypes sliding = LayerTypes.of(settings, draft.layers, layer -> layer % 2 == 0);
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
    boolean bias = settings.flag("attention_bias", true);
    return Decoder.preNorm(
        config,
        block,
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.NONE)
            .withSinks(block.tensor("self_attn.sinks", config.heads())),
        mixture(config, layer, block.under("mlp.")));
  }

  private static ModelWeights.Mixture mixture(ModelConfig config, int layer, Parts mlp) {
    ModelConfig.MixtureShape shape = Objects.requireNonNull(config.mixtures().get(layer));
    return new ModelWeights.Mixture(
        shape,
        mlp.linear("router", shape.experts(), config.dModel(), true),
        expert -> expert(config, shape, expert, mlp.under("experts.")),
        null,
        null);
  }

  /** Gates and linear halves alternate; the linear half is read with one added. */
  private static ModelWeights.Dense expert(
      ModelConfig config, ModelConfig.MixtureShape shape, int number, Parts all) {
    int width = config.dModel();
    Tensor both = all.expertMap("gate_up_proj", shape.experts(), number, 2L * shape.width(), width);
    Tensor biases =
        all.partOf("gate_up_proj_bias", number, shape.experts(), 2L * shape.width())
            .reshape(shape.width(), 2);
    return new ModelWeights.Dense(
        new Linear(half(both, shape.width(), 0), biases.select(1, 0)),
        new Linear(half(both, shape.width(), 1), biases.select(1, 1).plus(1)),
        new Linear(
            all.expertMap("down_proj", shape.experts(), number, width, shape.width()),
            all.partOf("down_proj_bias", number, shape.experts(), width)));
  }

  private static Tensor half(Tensor both, long width, int which) {
    return both.transpose(0, 1).reshape(both.size(1), width, 2).select(2, which).transpose(0, 1);
  }
}
