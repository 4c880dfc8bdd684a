package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Rotary;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Set;

/**
 * GPT-J (Wang and Komatsuzaki 2021): one norm feeds attention and MLP in parallel; rotary on
 * neighbouring dimensions, base fixed at 10,000; a bias on the unembedding.
 */
final class GptJFamily implements Family {
  @Override
  public String name() {
    return "gptj";
  }

  @Override
  public String architecture() {
    return "GPTJForCausalLM";
  }

  @Override
  public Set<String> withoutEffect() {
    return Set.of("n_ctx", "rotary", "scale_attn_weights");
  }

  @Override
  public ModelConfig config(Settings settings) {
    Draft draft = new Draft(settings, name());
    draft.layers = settings.layers(28, "n_layer", "num_hidden_layers");
    draft.dModel = settings.size(4096, "n_embd", "hidden_size");
    draft.plainHeads(settings.size(16, "n_head", "num_attention_heads"));
    draft.dMlp = settings.size("n_inner").orElse(4 * draft.dModel);
    draft.vocabulary = settings.vocabulary(50400);
    draft.context = settings.positions(2048, "n_positions", "max_position_embeddings");
    draft.block = ModelConfig.Block.PARALLEL;
    draft.normEpsilon = settings.positive(1e-5, "layer_norm_epsilon");
    draft.activation = settings.activation("activation_function", "gelu_new");
    int dims = settings.size(64, "rotary_dim");
    if (dims % 2 != 0 || dims > draft.headSize) {
      throw settings.wrong("rotary_dim", dims, "even and at most the head size " + draft.headSize);
    }
    Rotary rotary =
        new Rotary(true, Arrays.stream(Rotary.plainFrequencies(dims, 10_000)).boxed().toList(), 1);
    return draft.with(_ -> new ModelConfig.AttentionShape(draft.rootScale(), 0, rotary));
  }

  @Override
  public ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts) {
    Parts body = parts.body("transformer.");
    Tensor embedding = body.tensor("wte.weight", config.vocabulary(), config.dModel());
    return new ModelWeights.Ends(
        embedding,
        null,
        null,
        null,
        body.layerNorm("ln_f", config.dModel()),
        null,
        Decoder.biasedHead(config, settings, parts, embedding));
  }

  @Override
  public ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts) {
    Parts block = parts.body("transformer.").under("h." + layer + ".");
    int width = config.dModel();
    return new ModelWeights.Layer(
        block.layerNorm("ln_1", width),
        new ModelWeights.Attention(
            block.linear("attn.q_proj", width, width, false),
            block.linear("attn.k_proj", width, width, false),
            block.linear("attn.v_proj", width, width, false),
            block.linear("attn.out_proj", width, width, false),
            null,
            null),
        null,
        null,
        null,
        new ModelWeights.Dense(
            null,
            block.linear("mlp.fc_in", config.dMlp(), width, true),
            block.linear("mlp.fc_out", width, config.dMlp(), true)),
        null,
        null);
  }
}
