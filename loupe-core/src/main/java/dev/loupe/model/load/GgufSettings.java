package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.family.Settings;
import dev.loupe.model.format.Dequantiser;
import dev.loupe.model.format.Gguf;
import java.util.Map;
import java.util.Set;
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

  /** Keys that are read one by one, or that change nothing. */
  private static final Set<String> KNOWN =
      Set.of(
          "attention.causal",
          "attention.value_length",
          "rope.dimension_count",
          "rope.scale_linear",
          "rope.scaling.type",
          "rope.scaling.factor",
          "rope.scaling.original_context_length",
          "rope.scaling.finetuned",
          "rope.scaling.attn_factor",
          "rope.scaling.yarn_attn_factor",
          "rope.scaling.yarn_ext_factor",
          "rope.scaling.yarn_beta_fast",
          "rope.scaling.yarn_beta_slow",
          "vocab_size",
          "tensor_data_layout",
          "use_parallel_residual");

  /** Architectures whose published settings say whether attention has biases. */
  private static final Set<String> BIAS_IS_SAID = Set.of("gemma", "llama", "qwen3");

  private static final Set<String> NOTHING_WHEN_ZERO =
      Set.of(
          "expert_count", "expert_used_count", "attention.clamp_kqv", "attention.max_alibi_bias");

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
    if (architecture.equals("gpt2")) {
      gpt2();
    }
    root.put("vocab_size", file.tensor("token_embd.weight").rows());
    root.put("tie_word_embeddings", file.findTensor("output.weight").isEmpty());
    if (BIAS_IS_SAID.contains(architecture)) {
      root.put("attention_bias", file.findTensor("blk.0.attn_q.bias").isPresent());
    }
    if (architecture.equals("llama")) {
      root.put("mlp_bias", file.findTensor("blk.0.ffn_down.bias").isPresent());
    }
    refuseUnknown();
    rotary();
    return new Settings(file.path().toString(), root);
  }

  /** GPT-2 has a key of its own for the width of its MLP, and none for heads that are shared. */
  private void gpt2() {
    if (root.has("intermediate_size")) {
      root.set("n_inner", root.remove("intermediate_size"));
    }
    if (root.has("num_key_value_heads")
        && root.get("num_key_value_heads").equals(root.get("num_attention_heads"))) {
      root.remove("num_key_value_heads");
    }
  }

  /**
   * As llama.cpp rotates: its amplitude grows with the factor, and is multiplied by what the file
   * gives.
   */
  private void yarn(ObjectNode scaling, double factor, double attention) {
    double share = file.number(architecture + ".rope.scaling.yarn_ext_factor", 1);
    if (share != 1 && share != -1) {
      throw refused(".rope.scaling.yarn_ext_factor");
    }
    scaling.put("attention_factor", attention * (1 + 0.1 * Math.log(factor)));
    scaling.put("beta_fast", file.number(architecture + ".rope.scaling.yarn_beta_fast", 32));
    scaling.put("beta_slow", file.number(architecture + ".rope.scaling.yarn_beta_slow", 1));
  }

  private LoupeException refused(String key) {
    return LoupeException.badInput(
        file.path()
            + ": Loupe cannot run a model with "
            + architecture
            + key
            + " as this file has it",
        "Choose another file of the model, or its safetensors folder.");
  }

  /** Every key of the architecture is known here, or refused. */
  private void refuseUnknown() {
    String prefix = architecture + ".";
    for (String key : file.keys()) {
      if (!key.startsWith(prefix)) {
        continue;
      }
      String name = key.substring(prefix.length());
      boolean isKnown =
          SIZES.containsKey(name) || NUMBERS.containsKey(name) || KNOWN.contains(name);
      boolean isSilent = NOTHING_WHEN_ZERO.contains(name) && file.number(key, 0) == 0;
      if (!isKnown && !isSilent) {
        throw refused("." + name);
      }
    }
    if (!file.flag(prefix + "attention.causal", true)) {
      throw refused(".attention.causal");
    }
    String keys = prefix + "attention.key_length";
    String values = prefix + "attention.value_length";
    if (file.has(values) && file.has(keys) && file.integer(keys) != file.integer(values)) {
      throw refused(".attention.value_length");
    }
  }

  private void rotary() {
    String dims = architecture + ".rope.dimension_count";
    if (file.has(dims) && !architecture.equals("gpt2")) {
      long headSize =
          file.integer(
              architecture + ".attention.key_length",
              file.integer(architecture + ".embedding_length")
                  / Math.max(1, file.integer(architecture + ".attention.head_count")));
      root.put("partial_rotary_factor", (double) file.integer(dims) / Math.max(1, headSize));
    }
    ObjectNode scaling = root.objectNode();
    String type = file.findText(architecture + ".rope.scaling.type").orElse("none");
    // Files of 2023 give the divisor of positions alone.
    double older = file.number(architecture + ".rope.scale_linear", 0);
    double given = file.number(architecture + ".rope.scaling.factor", 0);
    double factor = given != 0 ? given : older != 0 ? older : 1;
    if (type.equals("none") && factor != 1 && !file.has(architecture + ".rope.scaling.type")) {
      type = "linear";
    }
    if (!type.equals("none")) {
      scaling.put("rope_type", type);
      scaling.put("factor", factor);
    }
    double attention =
        file.number(architecture + ".rope.scaling.attn_factor", 1)
            * file.number(architecture + ".rope.scaling.yarn_attn_factor", 1);
    if (type.equals("yarn")) {
      yarn(scaling, factor, attention);
    } else if (attention != 1 && !type.equals("longrope")) {
      throw refused(".rope.scaling.attn_factor");
    }
    String original = architecture + ".rope.scaling.original_context_length";
    if (file.has(original)) {
      scaling.put("original_max_position_embeddings", file.integer(original));
    }
    // One divisor for each frequency: how llama.cpp writes the scaling of Llama 3 and of LongRoPE.
    boolean stretched = type.equals("linear") || type.equals("yarn");
    file.findTensor("rope_freqs.weight")
        .or(() -> file.findTensor("rope_factors_short.weight"))
        .ifPresent(divisors -> {
          if (stretched) {
            throw refused(".rope.scaling.type");
          }
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
