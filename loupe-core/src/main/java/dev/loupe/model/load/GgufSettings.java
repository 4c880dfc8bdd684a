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
          "rope.freq_base_swa",
          "attn_logit_softcapping",
          "final_logit_softcapping",
          "expert_feed_forward_length",
          "expert_shared_feed_forward_length",
          "vocab_size",
          "tensor_data_layout",
          "use_parallel_residual");

  /** Architectures whose published settings say whether attention has biases. */
  private static final Set<String> BIAS_IS_SAID =
      Set.of(
          "gemma",
          "gemma2",
          "gemma3",
          "glm4",
          "gpt-oss",
          "gptneox",
          "granite",
          "llama",
          "nemotron",
          "olmo2",
          "olmoe",
          "qwen3",
          "qwen3moe",
          "smollm3");

  /** Architectures whose published settings say whether the MLP has biases. */
  private static final Set<String> MLP_BIAS_IS_SAID =
      Set.of("granite", "llama", "nemotron", "smollm3");

  private static final Set<String> WINDOWED_LAYERS = Set.of("attention.sliding_window_pattern");

  private static final Set<String> EXPERTS = Set.of("expert_count", "expert_used_count");

  /** Keys that are read in files of one architecture only. */
  private static final Map<String, Set<String>> OWN =
      Map.of(
          "cohere2", Set.of("logit_scale"),
          "exaone4", WINDOWED_LAYERS,
          "gpt-oss", EXPERTS,
          "granite", Set.of("attention.scale", "embedding_scale", "residual_scale", "logit_scale"),
          "llama", EXPERTS,
          "olmo", Set.of("attention.clamp_kqv"),
          "olmo2", WINDOWED_LAYERS,
          "olmoe", EXPERTS,
          "qwen2moe", EXPERTS,
          "qwen3moe", EXPERTS);

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
    root.put("model_type", modelType());
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
    if (root.path("sliding_window").asLong(1) == 0) {
      root.putNull("sliding_window"); // how Phi-4's files say that there is none
    }
    ofTheArchitecture();
    root.put("vocab_size", file.tensor("token_embd.weight").rows());
    root.put("tie_word_embeddings", file.findTensor("output.weight").isEmpty());
    if (BIAS_IS_SAID.contains(architecture)) {
      root.put("attention_bias", has("blk.0.attn_q.bias") || has("blk.0.attn_qkv.bias"));
    }
    if (MLP_BIAS_IS_SAID.contains(architecture) && !root.has("num_local_experts")) {
      root.put("mlp_bias", has("blk.0.ffn_down.bias"));
    }
    refuseUnknown();
    rotary();
    return new Settings(file.path().toString(), root);
  }

  private boolean has(String tensor) {
    return file.findTensor(tensor).isPresent();
  }

  /** The family's name in transformers. */
  private String modelType() {
    boolean isMixture = file.integer(architecture + ".expert_count", 0) > 0;
    boolean isWindowed = file.integer(architecture + ".attention.sliding_window", 0) > 0;
    return switch (architecture) {
      case "gemma3" -> "gemma3_text";
      case "gpt-oss" -> "gpt_oss";
      case "gptneox" -> "gpt_neox";
      case "llama" -> isMixture ? "mixtral" : "llama";
      case "olmo2" -> isWindowed ? "olmo3" : "olmo2";
      case "phi2" -> "phi";
      case "qwen2moe" -> "qwen2_moe";
      case "qwen3moe" -> "qwen3_moe";
      default -> architecture;
    };
  }

  /** What only files of one architecture have, or lack. */
  private void ofTheArchitecture() {
    switch (architecture) {
      case "gpt2" -> {
        renamed("intermediate_size", "n_inner");
        unsharedHeads();
      }
      case "bloom" -> {
        root.remove("intermediate_size"); // four times the width in the published code
        root.remove("max_position_embeddings");
        unsharedHeads();
      }
      case "gptneox" -> {
        renamed("layer_norm_epsilon", "layer_norm_eps");
        root.put("use_parallel_residual", file.flag(architecture + ".use_parallel_residual", true));
        unsharedHeads();
      }
      case "cohere2" -> {
        renamed("layer_norm_epsilon", "layer_norm_eps");
        number("logit_scale", "logit_scale");
      }
      case "exaone4" -> windowedLayers();
      case "falcon" -> falcon();
      case "gpt-oss" -> experts("num_local_experts");
      case "granite" -> {
        number("attention.scale", "attention_multiplier");
        number("embedding_scale", "embedding_multiplier");
        number("residual_scale", "residual_multiplier");
        number("logit_scale", "logits_scaling");
      }
      case "nemotron" -> {
        renamed("layer_norm_epsilon", "norm_eps");
        root.remove("rms_norm_eps"); // the same, written by llama.cpp's converter besides
      }
      case "olmo2" -> windowedLayers();
      case "olmo" -> {
        if (file.number("olmo.attention.clamp_kqv", 0) != 0) {
          number("attention.clamp_kqv", "clip_qkv");
        }
        double fixed = file.number("olmo.attention.layer_norm_epsilon", 1e-5);
        root.remove("layer_norm_epsilon");
        if (Math.abs(fixed - 1e-5) > 1e-9) {
          throw refused(".attention.layer_norm_epsilon");
        }
      }
      case "phi2" -> renamed("layer_norm_epsilon", "layer_norm_eps");
      case "stablelm" -> {
        renamed("layer_norm_epsilon", "layer_norm_eps");
        root.put("use_parallel_residual", !has("blk.0.ffn_norm.weight"));
        root.put("use_qkv_bias", has("blk.0.attn_q.bias"));
      }
      case "starcoder2" -> renamed("layer_norm_epsilon", "norm_epsilon");
      case "gemma2" -> {
        scaleByHead(46);
        number("attn_logit_softcapping", "attn_logit_softcapping");
        number("final_logit_softcapping", "final_logit_softcapping");
      }
      case "gemma3" -> {
        scaleByHead(62);
        number("final_logit_softcapping", "final_logit_softcapping");
        root.put("sliding_window_pattern", 6);
        root.put("rope_local_base_freq", file.number("gemma3.rope.freq_base_swa", 10_000));
      }
      case "llama" -> experts("num_local_experts");
      case "olmoe" -> experts("num_experts");
      case "qwen2moe" -> {
        experts("num_experts");
        size("expert_feed_forward_length", "moe_intermediate_size");
        size("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
      }
      case "qwen3moe" -> {
        experts("num_experts");
        size("expert_feed_forward_length", "moe_intermediate_size");
        root.put("norm_topk_prob", true); // as llama.cpp computes, whatever the model's settings
      }
      default -> {}
    }
  }

  private void renamed(String key, String name) {
    if (root.has(key)) {
      root.set(name, root.remove(key));
    }
  }

  private void number(String key, String name) {
    if (file.has(architecture + "." + key)) {
      root.put(name, file.number(architecture + "." + key));
    }
  }

  /** Which layers have the window, where some have none; no window at all where none is given. */
  private void windowedLayers() {
    String pattern = architecture + ".attention.sliding_window_pattern";
    if (file.has(pattern)) {
      ArrayNode types = root.putArray("layer_types");
      file.flags(pattern).forEach(each -> types.add(each ? "sliding_attention" : "full_attention"));
    }
    if (!root.has("sliding_window")) {
      root.putNull("sliding_window");
    }
  }

  private void size(String key, String name) {
    if (file.has(architecture + "." + key)) {
      root.put(name, file.integer(architecture + "." + key));
    }
  }

  private void experts(String name) {
    if (file.integer(architecture + ".expert_count", 0) > 0) {
      size("expert_count", name);
      size("expert_used_count", "num_experts_per_tok");
      if (architecture.startsWith("qwen")) {
        ArrayNode dense = root.putArray("mlp_only_layers");
        for (int layer = 0; layer < file.integer(architecture + ".block_count"); layer++) {
          if (file.findTensor("blk." + layer + ".ffn_gate_inp.weight").isEmpty()) {
            dense.add(layer);
          }
        }
      }
    }
  }

  /** The layout shows in the tensors and in how heads are shared. */
  private void falcon() {
    boolean hasTwoNorms = has("blk.0.attn_norm_2.weight");
    long heads = file.integer("falcon.attention.head_count");
    long shared = file.integer("falcon.attention.head_count_kv", 1);
    boolean isNewer = hasTwoNorms || (shared != 1 && shared != heads);
    root.put("new_decoder_architecture", isNewer);
    renamed("intermediate_size", "ffn_hidden_size");
    renamed("num_key_value_heads", "num_kv_heads");
    if (!isNewer) {
      root.put("multi_query", shared == 1);
      root.remove("num_kv_heads");
    } else {
      root.put("num_ln_in_parallel_attn", hasTwoNorms ? 2 : 1);
    }
  }

  /**
   * The divisor of query · key, which files do not give: the head's size but in the largest model,
   * where it is the width shared out among the heads.
   *
   * @param layers of the largest model
   */
  private void scaleByHead(int layers) {
    long shared =
        file.integer(architecture + ".embedding_length")
            / Math.max(1, file.integer(architecture + ".attention.head_count"));
    boolean isLargest = file.integer(architecture + ".block_count") == layers;
    root.put(
        "query_pre_attn_scalar",
        isLargest ? shared : file.integer(architecture + ".attention.key_length", shared));
  }

  /** These families have no key for heads that are shared. */
  private void unsharedHeads() {
    if (root.has("num_key_value_heads")
        && root.get("num_key_value_heads").equals(root.get("num_attention_heads"))) {
      root.remove("num_key_value_heads");
    }
  }

  /**
   * As llama.cpp rotates: its amplitude grows with the factor, and is multiplied by the file's
   * {@code attn_factor}. Its converter writes the whole amplitude of a model that gives one as
   * {@code yarn_attn_factor}.
   */
  private void yarn(ObjectNode scaling, double factor, double attention) {
    double share = file.number(architecture + ".rope.scaling.yarn_ext_factor", 1);
    if (share != 1 && share != -1) {
      throw refused(".rope.scaling.yarn_ext_factor");
    }
    double amplitude =
        file.number(architecture + ".rope.scaling.yarn_attn_factor", 1 + 0.1 * Math.log(factor));
    scaling.put("attention_factor", attention * amplitude);
    scaling.put("beta_fast", file.number(architecture + ".rope.scaling.yarn_beta_fast", 32));
    if (architecture.equals("gpt-oss")) {
      scaling.put("truncate", false); // as published; llama.cpp's ramp ends at whole dimensions
    }
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
      boolean isOwn = OWN.getOrDefault(architecture, Set.of()).contains(name);
      boolean isSilent = NOTHING_WHEN_ZERO.contains(name) && file.number(key, 0) == 0;
      if (!isKnown && !isSilent && !isOwn) {
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
    double attention = file.number(architecture + ".rope.scaling.attn_factor", 1);
    double whole = file.number(architecture + ".rope.scaling.yarn_attn_factor", 1);
    if (type.equals("yarn")) {
      yarn(scaling, factor, attention);
    } else if (attention * whole != 1 && !type.equals("longrope")) {
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
          file.findTensor("rope_factors_long.weight")
              .ifPresent(longer -> {
                ArrayNode others = scaling.putArray("long_factor");
                for (float divisor : Dequantiser.toFloats(longer)) {
                  others.add(divisor);
                }
              });
          scaling.put("rope_type", "longrope");
          scaling.put(
              "attention_factor", file.number(architecture + ".rope.scaling.attn_factor", 1));
        });
    if (!scaling.isEmpty()) {
      root.set("rope_scaling", scaling);
    }
  }
}
