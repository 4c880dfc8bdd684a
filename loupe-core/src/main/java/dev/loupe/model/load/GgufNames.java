package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.format.RowOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the names of a family's published code are written in a GGUF file.
 *
 * @param blocks the text before the number of a block
 * @param ends names outside the blocks
 * @param parts names within a block, without {@code .weight} or {@code .bias}; those of an expert
 *     without its number
 * @param transposed parts that the published files store {@code [in, out]}
 * @param gainsFromOne whether the published files store the norms' gains less one, and this file
 *     whole
 * @param rows which rows llama.cpp's converter puts in another order
 */
record GgufNames(
    String blocks,
    Map<String, String> ends,
    Map<String, String> parts,
    Set<String> transposed,
    boolean gainsFromOne,
    Rows rows) {
  /** Which rows llama.cpp's converter puts in another order. */
  enum Rows {
    /** None. */
    AS_PUBLISHED,
    /** Queries and keys, so that the dimensions that turn together are neighbours. */
    ROTATED,
    /** Of {@code [n_heads, 3, d_head]} all queries come first, then all keys, then all values. */
    FUSED_BY_HEAD,
    /** Likewise of {@code [n_kv_heads, group + 2, d_head]}. */
    FUSED_BY_GROUP
  }

  /** Where a part stands in the file: a tensor, or one of those that a tensor stacks. */
  record Place(String name, OptionalInt expert) {}

  private static final Pattern BLOCK = Pattern.compile("(\\d{1,6})\\.(.+)\\.(weight|bias)");
  private static final Pattern EXPERT = Pattern.compile("(.+\\.experts)\\.(\\d{1,6})\\.(.+)");

  private static final Map<String, String> LLAMA_ENDS =
      Map.of(
          "model.embed_tokens.weight", "token_embd.weight",
          "model.norm.weight", "output_norm.weight",
          "model.norm.bias", "output_norm.bias",
          "model.final_layernorm.weight", "output_norm.weight",
          "model.final_layernorm.bias", "output_norm.bias",
          "lm_head.weight", "output.weight",
          "lm_head.bias", "output.bias");

  private static final Map<String, String> LLAMA_PARTS =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.qkv_proj", "attn_qkv"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.gate_up_proj", "ffn_up"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"));

  private static final Map<String, String> EXPERT_PARTS =
      Map.ofEntries(
          Map.entry("mlp.gate", "ffn_gate_inp"),
          Map.entry("mlp.experts.gate_proj", "ffn_gate_exps"),
          Map.entry("mlp.experts.up_proj", "ffn_up_exps"),
          Map.entry("mlp.experts.down_proj", "ffn_down_exps"),
          Map.entry("mlp.shared_expert.gate_proj", "ffn_gate_shexp"),
          Map.entry("mlp.shared_expert.up_proj", "ffn_up_shexp"),
          Map.entry("mlp.shared_expert.down_proj", "ffn_down_shexp"),
          Map.entry("mlp.shared_expert_gate", "ffn_gate_inp_shexp"),
          Map.entry("block_sparse_moe.gate", "ffn_gate_inp"),
          Map.entry("block_sparse_moe.experts.w1", "ffn_gate_exps"),
          Map.entry("block_sparse_moe.experts.w3", "ffn_up_exps"),
          Map.entry("block_sparse_moe.experts.w2", "ffn_down_exps"));

  private static final GgufNames LLAMA = like(Map.of(), false, Rows.AS_PUBLISHED);

  private static final GgufNames GPT2 =
      new GgufNames(
          "transformer.h.",
          Map.of(
              "transformer.wte.weight", "token_embd.weight",
              "transformer.wpe.weight", "position_embd.weight",
              "transformer.ln_f.weight", "output_norm.weight",
              "transformer.ln_f.bias", "output_norm.bias",
              "lm_head.weight", "output.weight"),
          Map.of(
              "ln_1", "attn_norm",
              "attn.c_attn", "attn_qkv",
              "attn.c_proj", "attn_output",
              "ln_2", "ffn_norm",
              "mlp.c_fc", "ffn_up",
              "mlp.c_proj", "ffn_down"),
          Set.of("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"),
          false,
          Rows.AS_PUBLISHED);

  private static final Map<String, String> FOUR_NORMS =
      Map.of(
          "post_attention_layernorm", "post_attention_norm",
          "pre_feedforward_layernorm", "ffn_norm",
          "post_feedforward_layernorm", "post_ffw_norm");

  private static final Map<String, GgufNames> ALL =
      Map.ofEntries(
          Map.entry(
              "bloom", bigScience("transformer.", "h.", "self_attention", Rows.FUSED_BY_HEAD)),
          Map.entry("cohere2", LLAMA),
          Map.entry("exaone4", like(FOUR_NORMS, false, Rows.AS_PUBLISHED)),
          Map.entry(
              "falcon", bigScience("transformer.", "h.", "self_attention", Rows.FUSED_BY_GROUP)),
          Map.entry("gemma", like(Map.of(), true, Rows.AS_PUBLISHED)),
          Map.entry("gemma2", like(FOUR_NORMS, true, Rows.AS_PUBLISHED)),
          Map.entry("gemma3", like(FOUR_NORMS, true, Rows.AS_PUBLISHED)),
          Map.entry(
              "glm4",
              like(
                  Map.of(
                      "post_self_attn_layernorm", "post_attention_norm",
                      "post_mlp_layernorm", "post_ffw_norm"),
                  false,
                  Rows.AS_PUBLISHED)),
          Map.entry(
              "gpt-oss",
              like(
                  Map.of(
                      "self_attn.sinks", "attn_sinks",
                      "post_attention_layernorm", "post_attention_norm",
                      "mlp.router", "ffn_gate_inp"),
                  false,
                  Rows.AS_PUBLISHED)),
          Map.entry("gpt2", GPT2),
          Map.entry("gptneox", bigScience("gpt_neox.", "layers.", "attention", Rows.FUSED_BY_HEAD)),
          Map.entry("granite", like(Map.of(), false, Rows.ROTATED)),
          Map.entry("llama", like(Map.of(), false, Rows.ROTATED)),
          Map.entry("nemotron", like(Map.of(), true, Rows.AS_PUBLISHED)),
          Map.entry("olmo", like(Map.of(), false, Rows.ROTATED)),
          Map.entry("olmo2", like(FOUR_NORMS, false, Rows.AS_PUBLISHED)),
          Map.entry("olmoe", LLAMA),
          Map.entry(
              "phi2",
              like(
                  Map.of(
                      "self_attn.dense", "attn_output",
                      "mlp.fc1", "ffn_up",
                      "mlp.fc2", "ffn_down"),
                  false,
                  Rows.AS_PUBLISHED)),
          Map.entry("phi3", LLAMA),
          Map.entry("qwen2", LLAMA),
          Map.entry("qwen2moe", LLAMA),
          Map.entry("qwen3", LLAMA),
          Map.entry("qwen3moe", LLAMA),
          Map.entry("smollm3", like(Map.of(), false, Rows.ROTATED)),
          Map.entry("stablelm", LLAMA),
          Map.entry(
              "starcoder2",
              like(
                  Map.of("mlp.c_fc", "ffn_up", "mlp.c_proj", "ffn_down"),
                  false,
                  Rows.AS_PUBLISHED)));

  /** The architectures that can be opened. */
  static final List<String> ARCHITECTURES = ALL.keySet().stream().sorted().toList();

  /** Llama's names but for some. */
  private static GgufNames like(Map<String, String> others, boolean gainsFromOne, Rows rows) {
    Map<String, String> parts = new HashMap<>(LLAMA_PARTS);
    parts.putAll(EXPERT_PARTS);
    parts.putAll(others);
    return new GgufNames(
        "model.layers.", LLAMA_ENDS, Map.copyOf(parts), Set.of(), gainsFromOne, rows);
  }

  /** Names of the families that fuse query, key and value. */
  private static GgufNames bigScience(String body, String blocks, String attention, Rows rows) {
    return new GgufNames(
        body + blocks,
        Map.ofEntries(
            Map.entry(body + "word_embeddings.weight", "token_embd.weight"),
            Map.entry(body + "embed_in.weight", "token_embd.weight"),
            Map.entry(body + "word_embeddings_layernorm.weight", "token_embd_norm.weight"),
            Map.entry(body + "word_embeddings_layernorm.bias", "token_embd_norm.bias"),
            Map.entry(body + "ln_f.weight", "output_norm.weight"),
            Map.entry(body + "ln_f.bias", "output_norm.bias"),
            Map.entry(body + "final_layer_norm.weight", "output_norm.weight"),
            Map.entry(body + "final_layer_norm.bias", "output_norm.bias"),
            Map.entry("embed_out.weight", "output.weight"),
            Map.entry("lm_head.weight", "output.weight")),
        Map.of(
            "input_layernorm",
            "attn_norm",
            "ln_mlp",
            "attn_norm",
            "ln_attn",
            "attn_norm_2",
            attention + ".query_key_value",
            "attn_qkv",
            attention + ".dense",
            "attn_output",
            "post_attention_layernorm",
            "ffn_norm",
            "mlp.dense_h_to_4h",
            "ffn_up",
            "mlp.dense_4h_to_h",
            "ffn_down"),
        Set.of(),
        false,
        rows);
  }

  /**
   * The names of an architecture.
   *
   * @throws LoupeException if it is not known
   */
  static GgufNames of(String architecture, String origin) {
    GgufNames names = ALL.get(architecture);
    if (names == null) {
      throw LoupeException.badInput(
          origin + ": general.architecture is \"" + architecture + "\", which Loupe cannot run",
          "Choose a GGUF file of one of these architectures: "
              + String.join(", ", ARCHITECTURES)
              + "; or the same model as a safetensors folder.");
    }
    return names;
  }

  /** The place in the file, or empty where it has none there. */
  Optional<Place> inFile(String name) {
    String end = ends.get(name);
    if (end != null) {
      return Optional.of(new Place(end, OptionalInt.empty()));
    }
    return block(name.endsWith(".sinks") ? name + ".weight" : name)
        .flatMap(block -> {
          Matcher expert = EXPERT.matcher(block.group(2));
          boolean isExpert = expert.matches();
          String part = isExpert ? expert.group(1) + "." + expert.group(3) : block.group(2);
          OptionalInt number =
              isExpert ? OptionalInt.of(Integer.parseInt(expert.group(2))) : OptionalInt.empty();
          return Optional.ofNullable(parts.get(part))
              .map(stored ->
                  new Place("blk." + block.group(1) + "." + stored + "." + block.group(3), number));
        });
  }

  /** Whether the published files hold the transpose of what this file holds. */
  boolean isTransposed(String name) {
    return block(name)
        .filter(block -> block.group(3).equals("weight"))
        .map(block -> transposed.contains(block.group(2)))
        .orElse(false);
  }

  /** Whether the published files hold one less than this file. */
  boolean isOneLess(String name) {
    return gainsFromOne && name.endsWith("norm.weight");
  }

  /** How the rows of a part come back into the published order. */
  RowOrder order(String name, ModelConfig config) {
    int size = config.headSize();
    return switch (rows) {
      case AS_PUBLISHED -> RowOrder.AS_STORED;
      case ROTATED ->
          name.contains(".q_proj.") || name.contains(".k_proj.")
              ? RowOrder.halfSplit(size)
              : RowOrder.AS_STORED;
      case FUSED_BY_HEAD ->
          name.contains(".query_key_value.")
              ? RowOrder.fused(config.heads(), 1, size)
              : RowOrder.AS_STORED;
      case FUSED_BY_GROUP ->
          name.contains(".query_key_value.")
              ? RowOrder.fused(config.keyValueHeads(), config.groupSize(), size)
              : RowOrder.AS_STORED;
    };
  }

  /** Whether published names start so. */
  boolean isPrefix(String prefix) {
    return blocks.startsWith(prefix);
  }

  private Optional<Matcher> block(String name) {
    if (!name.startsWith(blocks)) {
      return Optional.empty();
    }
    Matcher matcher = BLOCK.matcher(name.substring(blocks.length()));
    return matcher.matches() ? Optional.of(matcher) : Optional.empty();
  }
}
