package dev.loupe.model.load;

import dev.loupe.model.family.Settings;
import dev.loupe.model.format.Dequantiser;
import dev.loupe.model.format.Gguf;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The metadata of a GGUF file under the keys of a {@code config.json}. */
final class GgufSettings {
  /** Whole numbers: key after the architecture's name, key of the configuration. */
  private static final Map<String, String> SIZES =
      Map.of(
          "block_count", "num_hidden_layers",
          "context_length", "max_position_embeddings",
          "embedding_length", "hidden_size",
          "feed_forward_length", "intermediate_size",
          "attention.head_count", "num_attention_heads",
          "attention.head_count_kv", "num_key_value_heads",
          "attention.key_length", "head_dim",
          "attention.sliding_window", "sliding_window");

  private static final Map<String, String> NUMBERS =
      Map.of(
          "rope.freq_base", "rope_theta",
          "attention.layer_norm_rms_epsilon", "rms_norm_eps",
          "attention.layer_norm_epsilon", "layer_norm_epsilon");

  private final Gguf file;
  private final String architecture;
  private final ObjectNode root = JsonMapper.shared().createObjectNode();

  private GgufSettings(Gguf file, String architecture) {
    this.file = file;
    this.architecture = architecture;
  }

  /** What a file says of its model. */
  static Settings of(Gguf file, String architecture) {
    return new GgufSettings(file, architecture).read();
  }

  private Settings read() {
    root.put("model_type", architecture);
    SIZES.forEach((key, name) -> {
      if (file.has(architecture + "." + key)) {
        root.put(name, file.integer(architecture + "." + key));
      }
    });
    NUMBERS.forEach((key, name) -> {
      if (file.has(architecture + "." + key)) {
        root.put(name, file.number(architecture + "." + key));
      }
    });
    // GPT-2's own key for the width of its MLP; harmless elsewhere.
    if (root.has("intermediate_size")) {
      root.set("n_inner", root.get("intermediate_size"));
    }
    root.put("vocab_size", file.tensor("token_embd.weight").rows());
    root.put("tie_word_embeddings", file.findTensor("output.weight").isEmpty());
    root.put("attention_bias", file.findTensor("blk.0.attn_q.bias").isPresent());
    rotary();
    return new Settings(file.path().toString(), root);
  }

  private void rotary() {
    String dims = architecture + ".rope.dimension_count";
    if (file.has(dims) && architecture.equals("phi3")) {
      long headSize =
          file.integer(
              architecture + ".attention.key_length",
              file.integer(architecture + ".embedding_length")
                  / Math.max(1, file.integer(architecture + ".attention.head_count")));
      root.put("partial_rotary_factor", (double) file.integer(dims) / Math.max(1, headSize));
    }
    ObjectNode scaling = root.objectNode();
    String type = file.findText(architecture + ".rope.scaling.type").orElse("none");
    if (!type.equals("none")) {
      scaling.put("rope_type", type);
      scaling.put("factor", file.number(architecture + ".rope.scaling.factor", 1));
    }
    String original = architecture + ".rope.scaling.original_context_length";
    if (file.has(original)) {
      scaling.put("original_max_position_embeddings", file.integer(original));
    }
    // One divisor for each frequency: how llama.cpp writes the scaling of Llama 3 and of LongRoPE.
    file.findTensor("rope_freqs.weight")
        .or(() -> file.findTensor("rope_factors_short.weight"))
        .ifPresent(divisors -> {
          ArrayNode factors = scaling.putArray("short_factor");
          for (float divisor : Dequantiser.toFloats(divisors)) {
            factors.add(divisor);
          }
          scaling.put("rope_type", "longrope");
          scaling.put(
              "attention_factor", file.number(architecture + ".rope.scaling.attn_factor", 1));
        });
    if (!scaling.isEmpty()) {
      root.set("rope_scaling", scaling);
    }
  }
}
