package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import java.util.Set;

/**
 * Command R7B (2024): attention and MLP in parallel from one layer norm without bias; rotary that
 * turns neighbouring dimensions in the windowed layers, none in the others; scaled logits.
 */
final class Cohere2Family implements Family {
  @Override
  public String name() {
    return "cohere2";
  }

  @Override
  public String architecture() {
    return "Cohere2ForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Of the model's first code; the published code knows one value of each.
    return Set.of(
        "sliding_window_pattern",
        "_sliding_window_pattern",
        "layer_switch",
        "order_of_interleaved_layers",
        "position_embedding_type",
        "rotary_pct",
        "use_embedding_sharing",
        "use_gated_activation",
        "use_parallel_block",
        "use_parallel_embedding");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft =
        Decoder.sized(
            settings, name(), new Decoder.Sizes(256_000, 8192, 22_528, 40, 64, 0, 0, 8192));
    draft.block = ModelConfig.Block.PARALLEL;
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_eps");
    draft.activation = settings.activation("hidden_act", "silu");
    draft.logitScale = settings.positive(0.0625, "logit_scale");
    Rotary rotary =
        RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context).ofNeighbours();
    int window = settings.window("sliding_window", 4096);
    LayerTypes sliding = LayerTypes.everyNth(settings, draft.layers, 4);
    return draft.with(layer ->
        sliding.at(layer)
            ? new ModelConfig.AttentionShape(draft.rootScale(), window, rotary)
            : new ModelConfig.AttentionShape(draft.rootScale(), 0, null));
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
    return new ModelWeights.Layer(
        block.rmsNorm("input_layernorm", config.dModel()),
        Decoder.attention(config, block, bias, bias, Decoder.QueryKeyNorm.NONE),
        null,
        null,
        null,
        Decoder.mlp(config, block, false),
        null,
        null);
  }
}
