package dev.loupe.model.family;

import dev.loupe.model.Activation;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import java.util.Set;

/**
 * Gemma 1 to 3: token rows times the root of the width, gains stored less one. The second adds
 * norms after attention and MLP, soft caps and windows in every other layer; the third drops the
 * caps, norms queries and keys, and gives windowed layers a rotary base of their own.
 */
final class GemmaFamily implements Family {
  /** Which of the generations. */
  enum Generation {
    FIRST("gemma", "GemmaForCausalLM"),
    SECOND("gemma2", "Gemma2ForCausalLM"),
    THIRD("gemma3_text", "Gemma3ForCausalLM");

    private final String name;
    private final String architecture;

    Generation(String name, String architecture) {
      this.name = name;
      this.architecture = architecture;
    }
  }

  private final Generation generation;

  GemmaFamily(Generation generation) {
    this.generation = generation;
  }

  @Override
  public String name() {
    return generation.name;
  }

  @Override
  public String architecture() {
    return generation.architecture;
  }

  @Override
  public Set<String> withoutEffect() {
    return switch (generation) {
      case FIRST -> Set.of("hidden_activation");
      case SECOND -> Set.of("hidden_act", "sliding_window_pattern", "_sliding_window_pattern");
      case THIRD -> Set.of("hidden_act");
    };
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = Decoder.draft(settings, name(), sizes());
    settings.require("use_bidirectional_attention", false, false);
    draft.activation = activation(settings);
    draft.embeddingScale = Math.sqrt(draft.dModel);
    int size = draft.headSize;
    int context = draft.context;
    boolean third = generation == Generation.THIRD;
    Rotary rotary =
        third
            ? RotaryScaling.ofKind(settings, RotaryScaling.FULL, size, 1_000_000, context)
                .orElseGet(() -> RotaryScaling.rotary(settings, size, 1_000_000, context))
            : RotaryScaling.rotary(settings, size, 10_000, context);
    if (generation == Generation.FIRST) {
      return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
    }
    boolean second = generation == Generation.SECOND;
    // The third generation has the key, and its published code does not use it.
    double cap = settings.cap("attn_logit_softcapping", 50);
    draft.attentionCap = second ? cap : 0;
    draft.logitCap = settings.cap("final_logit_softcapping", second ? 30 : 0);
    double scale = 1 / Math.sqrt(settings.positive(256, "query_pre_attn_scalar"));
    int window = settings.window("sliding_window", 4096);
    int pattern =
        second ? 2 : settings.size(6, "sliding_window_pattern", "_sliding_window_pattern");
    LayerTypes sliding = LayerTypes.of(settings, draft.layers, layer -> (layer + 1) % pattern != 0);
    Rotary local =
        second
            ? rotary
            : RotaryScaling.ofKind(settings, RotaryScaling.SLIDING, size, 10_000, context)
                .orElseGet(() -> localRotary(settings, size));
    return draft.with(layer ->
        sliding.at(layer)
            ? new ModelConfig.AttentionShape(scale, window, local)
            : new ModelConfig.AttentionShape(scale, 0, rotary));
  }

  /** The first generation's files say {@code gelu} and mean its approximation by tanh. */
  private Activation activation(Settings settings) {
    String absent = "gelu_pytorch_tanh";
    if (generation != Generation.FIRST || !settings.has("hidden_act")) {
      return settings.activation("hidden_activation", absent);
    }
    Activation given = settings.activation("hidden_act", absent);
    return given == Activation.GELU ? Activation.GELU_TANH : given;
  }

  /** Windowed layers of the third generation: never scaled. */
  private static Rotary localRotary(Settings settings, int headSize) {
    double base = settings.positive(10_000, "rope_local_base_freq");
    return RotaryScaling.halves(Rotary.plainFrequencies(headSize, base), 1);
  }

  private Decoder.Sizes sizes() {
    return switch (generation) {
      case FIRST -> new Decoder.Sizes(256_000, 3072, 24_576, 28, 16, 16, 256, 8192);
      case SECOND -> new Decoder.Sizes(256_000, 2304, 9216, 26, 8, 4, 256, 8192);
      case THIRD -> new Decoder.Sizes(262_208, 2304, 9216, 26, 8, 4, 256, 131_072);
    };
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    return Decoder.ends(
        config,
        settings,
        parts,
        true,
        parts.body("model.").rmsNormFromOne("norm", config.dModel()));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = Decoder.block(parts, layer);
    int width = config.dModel();
    boolean bias = settings.flag("attention_bias", false);
    boolean first = generation == Generation.FIRST;
    return new ModelWeights.Layer(
        block.rmsNormFromOne("input_layernorm", width),
        Decoder.attention(
            config,
            block,
            bias,
            bias,
            generation == Generation.THIRD
                ? Decoder.QueryKeyNorm.HEAD_FROM_ONE
                : Decoder.QueryKeyNorm.NONE),
        first ? null : block.rmsNormFromOne("post_attention_layernorm", width),
        null,
        block.rmsNormFromOne(
            first ? "post_attention_layernorm" : "pre_feedforward_layernorm", width),
        Decoder.mlp(config, block, false),
        first ? null : block.rmsNormFromOne("post_feedforward_layernorm", width),
        null);
  }
}
