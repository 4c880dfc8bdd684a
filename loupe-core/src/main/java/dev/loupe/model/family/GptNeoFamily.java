package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * GPT-Neo (Black et al. 2021): GPT-2 with scores that are not divided by the root of the head size,
 * and a local window in every other layer.
 */
final class GptNeoFamily implements Family {
  @Override
  public String name() {
    return "gpt_neo";
  }

  @Override
  public String architecture() {
    return "GPTNeoForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    return Set.of("n_ctx");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = new Draft(settings, name());
    draft.layers = settings.layers(24, "num_layers", "num_hidden_layers");
    draft.dModel = settings.size(2048, "hidden_size");
    draft.plainHeads(settings.size(16, "num_heads", "num_attention_heads"));
    draft.dMlp = settings.size("intermediate_size").orElse(4 * draft.dModel);
    draft.vocabulary = settings.vocabulary(50257);
    draft.context = settings.positions(2048, "max_position_embeddings");
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_epsilon");
    draft.activation = settings.activation("activation_function", "gelu_new");
    int window = settings.window("window_size", 256);
    List<String> kinds = kinds(settings, draft.layers);
    return draft.with(layer ->
        new ModelConfig.AttentionShape(1, kinds.get(layer).equals("local") ? window : 0, null));
  }

  /** {@code [[["global", "local"], 12]]} is the pair, twelve times over. */
  private static List<String> kinds(Settings settings, int layers) {
    List<String> kinds = new ArrayList<>(settings.texts("attention_layers"));
    List<JsonNode> groups = settings.elements("attention_types");
    if (kinds.isEmpty()) {
      for (JsonNode group : groups) {
        for (int i = 0; i < group.path(1).asInt(0) && kinds.size() < layers; i++) {
          group.path(0).forEach(kind -> kinds.add(kind.asString("")));
        }
      }
    }
    if (kinds.isEmpty()) {
      for (int layer = 0; layer < layers; layer++) {
        kinds.add(layer % 2 == 0 ? "global" : "local");
      }
    }
    if (kinds.size() != layers) {
      throw settings.wrong("attention_types", kinds.size() + " layers", layers + " layers");
    }
    for (String kind : kinds) {
      if (!kind.equals("global") && !kind.equals("local")) {
        throw settings.unsupported("attention_types", kind, "global, local");
      }
    }
    return kinds;
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    Parts body = parts.body("transformer.");
    Tensor embedding = body.tensor("wte.weight", config.vocabulary(), config.dModel());
    return new ModelWeights.Ends(
        embedding,
        body.tensor("wpe.weight", config.context(), config.dModel()),
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
    return new ModelWeights.Layer(
        block.layerNorm("ln_1", width),
        new ModelWeights.Attention(
            block.linear("attn.attention.q_proj", width, width, false),
            block.linear("attn.attention.k_proj", width, width, false),
            block.linear("attn.attention.v_proj", width, width, false),
            block.linear("attn.attention.out_proj", width, width, true),
            null,
            null),
        null,
        null,
        block.layerNorm("ln_2", width),
        new ModelWeights.Dense(
            null,
            block.linear("mlp.c_fc", config.dMlp(), width, true),
            block.linear("mlp.c_proj", width, config.dMlp(), true)),
        null,
        null);
  }
}
