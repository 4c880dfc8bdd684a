package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.Rotary;
import dev.loupe.tensor.Tensor;
import java.util.Set;

/**
 * Falcon (Almazrouei et al. 2023): query, key and value in one map, grouped by key and value head;
 * attention and MLP in parallel from one norm (7B, 11B) or from one each (40B, 180B), or in turn.
 */
final class FalconFamily implements Family {
  @Override
  public String name() {
    return "falcon";
  }

  @Override
  public String architecture() {
    return "FalconForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    // Read in the newer layout only.
    return Set.of("num_kv_heads", "num_ln_in_parallel_attn");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = new Draft(settings, name());
    draft.layers = settings.layers(32, "num_hidden_layers");
    draft.dModel = settings.size(4544, "hidden_size");
    draft.plainHeads(settings.size(71, "num_attention_heads"));
    draft.keyValueHeads = keyValueHeads(settings, draft.heads);
    draft.dMlp = settings.size("ffn_hidden_size").orElse(4 * draft.dModel);
    draft.vocabulary = settings.vocabulary(65024);
    draft.context = settings.positions(2048, "max_position_embeddings");
    // The published code adds its ALiBi differently in its two ways of computing attention.
    settings.require("alibi", false, false);
    if (isParallel(settings)) {
      draft.block = ModelConfig.Block.PARALLEL;
    }
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_epsilon");
    draft.activation = settings.activation("activation", "gelu");
    Rotary rotary = RotaryScaling.rotary(settings, draft.headSize, 10000, draft.context);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
  }

  private static boolean isNewer(Settings settings) {
    return settings.flag("new_decoder_architecture", false);
  }

  private static boolean isParallel(Settings settings) {
    boolean parallel = settings.flag("parallel_attn", true);
    return parallel || isNewer(settings);
  }

  private static int keyValueHeads(Settings settings, int heads) {
    boolean one = settings.flag("multi_query", true);
    if (!isNewer(settings)) {
      return one ? 1 : heads;
    }
    int given = settings.size("num_kv_heads").orElse(heads);
    if (heads % given != 0) {
      throw settings.wrong("num_kv_heads", given, "a divisor of num_attention_heads " + heads);
    }
    return given;
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    Parts body = parts.body("transformer.");
    Tensor embedding = body.tensor("word_embeddings.weight", config.vocabulary(), config.dModel());
    return new ModelWeights.Ends(
        embedding,
        null,
        null,
        null,
        body.layerNorm("ln_f", config.dModel()),
        null,
        settings.flag("tie_word_embeddings", true)
            ? new Linear(embedding, null)
            : parts.linear("lm_head", config.vocabulary(), config.dModel(), false));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = parts.body("transformer.").under("h." + layer + ".");
    int width = config.dModel();
    boolean bias = settings.flag("bias", false);
    boolean parallel = config.block() == ModelConfig.Block.PARALLEL;
    boolean two = isNewer(settings) && settings.size(2, "num_ln_in_parallel_attn") == 2;
    Linear fused =
        block.linear(
            "self_attention.query_key_value",
            (config.heads() + 2L * config.keyValueHeads()) * config.headSize(),
            width,
            bias);
    return new ModelWeights.Layer(
        block.layerNorm(two ? "ln_attn" : "input_layernorm", width),
        new ModelWeights.Attention(
            Parts.ofEachGroup(fused, config, 0, config.groupSize()),
            Parts.ofEachGroup(fused, config, config.groupSize(), 1),
            Parts.ofEachGroup(fused, config, config.groupSize() + 1, 1),
            block.linear("self_attention.dense", width, width, bias),
            null,
            null),
        null,
        null,
        parallel
            ? two ? block.layerNorm("ln_mlp", width) : null
            : block.layerNorm("post_attention_layernorm", width),
        new ModelWeights.Dense(
            null,
            block.linear("mlp.dense_h_to_4h", config.dMlp(), width, bias),
            block.linear("mlp.dense_4h_to_h", width, config.dMlp(), bias)),
        null,
        null);
  }
}
