package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the names of a family's published code are written in a GGUF file.
 *
 * @param blocks the text before the number of a block
 * @param ends names outside the blocks
 * @param parts names within a block, without {@code .weight} or {@code .bias}
 * @param transposed parts that the published files store {@code [in, out]}
 * @param gainsFromOne whether the published files store the norms' gains less one, and this file
 *     whole
 */
record GgufNames(
    String blocks,
    Map<String, String> ends,
    Map<String, String> parts,
    Set<String> transposed,
    boolean gainsFromOne) {
  private static final Pattern BLOCK = Pattern.compile("(\\d{1,6})\\.(.+)\\.(weight|bias)");

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

  private static final GgufNames LLAMA =
      new GgufNames(
          "model.layers.",
          Map.of(
              "model.embed_tokens.weight", "token_embd.weight",
              "model.norm.weight", "output_norm.weight",
              "lm_head.weight", "output.weight"),
          LLAMA_PARTS,
          Set.of(),
          false);

  private static final GgufNames GEMMA =
      new GgufNames(LLAMA.blocks, LLAMA.ends, LLAMA.parts, LLAMA.transposed, true);

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
          false);

  /** The architectures that can be opened. */
  static final List<String> ARCHITECTURES =
      List.of("gemma", "gpt2", "llama", "phi3", "qwen2", "qwen3");

  /**
   * The names of an architecture.
   *
   * @throws LoupeException if it is not known
   */
  static GgufNames of(String architecture, String origin) {
    if (!ARCHITECTURES.contains(architecture)) {
      throw LoupeException.badInput(
          origin + ": general.architecture is \"" + architecture + "\", which Loupe cannot run",
          "Choose a GGUF file of one of these architectures: "
              + String.join(", ", ARCHITECTURES)
              + "; or the same model as a safetensors folder.");
    }
    return switch (architecture) {
      case "gpt2" -> GPT2;
      case "gemma" -> GEMMA;
      default -> LLAMA;
    };
  }

  /** The name in the file, or empty where it has no place there. */
  Optional<String> inFile(String name) {
    String end = ends.get(name);
    if (end != null) {
      return Optional.of(end);
    }
    return block(name)
        .flatMap(block ->
            Optional.ofNullable(parts.get(block.group(2)))
                .map(part -> "blk." + block.group(1) + "." + part + "." + block.group(3)));
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

  /** Whether rotary positions turn the outputs of this map. */
  static boolean isRotated(String name) {
    return name.contains(".q_proj.") || name.contains(".k_proj.");
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
