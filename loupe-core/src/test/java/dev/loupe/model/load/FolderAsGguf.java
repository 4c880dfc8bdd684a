package dev.loupe.model.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.StoredTensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A folder's model as the bytes of a GGUF file. */
final class FolderAsGguf {
  private static final int STRING = 8;
  private static final int UINT32 = 4;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int ARRAY = 9;

  private final String family;
  private final JsonNode config;
  private final Map<String, float[]> values = new LinkedHashMap<>();
  private final Map<String, long[]> shapes = new LinkedHashMap<>();
  private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
  private int keyCount;

  FolderAsGguf(String family, Path model) {
    this.family = family;
    this.config = JsonMapper.shared().readTree(model.resolve("config.json").toFile());
    try (Safetensors stored = Safetensors.open(model.resolve("model.safetensors"))) {
      stored.tensors().values().forEach(this::add);
    }
    key("general.architecture", STRING, text(family));
    size("block_count", "num_hidden_layers", "n_layer");
    size("context_length", "max_position_embeddings", "n_positions");
    size("embedding_length", "hidden_size", "n_embd");
    size("feed_forward_length", "intermediate_size", "n_inner", "ffn_hidden_size");
    size("attention.head_count", "num_attention_heads", "n_head");
    if (family.equals("falcon") && !config.get("new_decoder_architecture").asBoolean()) {
      key("falcon.attention.head_count_kv", UINT32, int32(1));
    } else {
      size("attention.head_count_kv", "num_key_value_heads", "num_kv_heads");
    }
    size("attention.key_length", "head_dim");
    size("attention.sliding_window", "sliding_window");
    size("expert_count", "num_local_experts", "num_experts");
    size("expert_used_count", "num_experts_per_tok");
    size("expert_feed_forward_length", "moe_intermediate_size");
    size("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
    number("rope.freq_base", "rope_theta", "rotary_emb_base");
    number("attn_logit_softcapping", "attn_logit_softcapping");
    number("final_logit_softcapping", "final_logit_softcapping");
    number("logit_scale", "logit_scale", "logits_scaling");
    number("attention.scale", "attention_multiplier");
    number("embedding_scale", "embedding_multiplier");
    number("residual_scale", "residual_multiplier");
    number("attention.clamp_kqv", "clip_qkv");
    number("attention.layer_norm_rms_epsilon", "rms_norm_eps");
    number(
        "attention.layer_norm_epsilon",
        "layer_norm_epsilon",
        "layer_norm_eps",
        "norm_epsilon",
        "norm_eps");
    if (config.has("use_parallel_residual")) {
      boolean parallel = config.get("use_parallel_residual").asBoolean();
      key(family + ".use_parallel_residual", BOOL, new byte[] {(byte) (parallel ? 1 : 0)});
    }
    if (config.path("rope_scaling").path("rope_type").asString("").equals("linear")) {
      key(family + ".rope.scaling.type", STRING, text("linear"));
      float factor = (float) config.get("rope_scaling").get("factor").asDouble();
      key(family + ".rope.scaling.factor", FLOAT32, int32(Float.floatToIntBits(factor)));
    }
    JsonNode types = config.path("layer_types");
    if (family.equals("exaone4")) {
      byte[] flags = new byte[types.size()];
      for (int i = 0; i < flags.length; i++) {
        flags[i] = (byte) (types.get(i).asString().equals("sliding_attention") ? 1 : 0);
      }
      ByteArrayOutputStream list = new ByteArrayOutputStream();
      list.writeBytes(int32(BOOL));
      list.writeBytes(int64(flags.length));
      list.writeBytes(flags);
      key("exaone4.attention.sliding_window_pattern", ARRAY, list.toByteArray());
      rotaryDivisors();
    }
    if (config.path("rope_scaling").path("rope_type").asString("").equals("yarn")) {
      JsonNode scaling = config.get("rope_scaling");
      key(family + ".rope.scaling.type", STRING, text("yarn"));
      float factor = (float) scaling.get("factor").asDouble();
      key(family + ".rope.scaling.factor", FLOAT32, int32(Float.floatToIntBits(factor)));
      int original = scaling.get("original_max_position_embeddings").asInt();
      key(family + ".rope.scaling.original_context_length", UINT32, int32(original));
    }
    if (config.has("partial_rotary_factor")) {
      int head =
          config
              .path("head_dim")
              .asInt(config.get("hidden_size").asInt() / config.get("num_attention_heads").asInt());
      int turned = (int) (head * config.get("partial_rotary_factor").asDouble());
      key(family + ".rope.dimension_count", UINT32, int32(turned));
    }
  }

  private void add(StoredTensor tensor) {
    float[] read = tensor.toFloats();
    long[] shape = tensor.sizes();
    boolean storedByInput =
        family.equals("gpt2") && tensor.name().matches(".*\\.c_(attn|proj|fc)\\.weight");
    if (family.matches("gemma.*|nemotron") && tensor.name().endsWith("norm.weight")) {
      for (int i = 0; i < read.length; i++) {
        read[i] += 1;
      }
    }
    Matcher expert = Pattern.compile("(.*\\.experts)\\.(\\d+)\\.(.*)").matcher(tensor.name());
    if (expert.matches()) {
      stack(ggufName(expert.group(1) + "." + expert.group(3)), expert.group(2), read, shape);
      return;
    }
    if (family.matches("granite|llama|olmo|smollm3")
        && tensor.name().matches(".*\\.[qk]_proj\\.weight")) {
      read = neighbours(read, config.get("hidden_size").asInt(), headSize());
    }
    if (tensor.name().contains("mlp.experts.") && family.equals("gpt-oss")) {
      gptOssExperts(tensor.name(), read, shape);
      return;
    }
    if (tensor.name().contains("query_key_value.")) {
      read = apart(read, shape.length == 1 ? 1 : (int) shape[1]);
    }
    String name = ggufName(tensor.name());
    long[] squeezed = shape.length == 2 && shape[0] == 1 ? new long[] {shape[1]} : shape;
    values.put(name, storedByInput ? transposed(read, shape) : read);
    shapes.put(name, storedByInput ? new long[] {shape[1], shape[0]} : squeezed);
  }

  /** Weights come as [experts, in, out], gates and linear halves alternating in the pair. */
  private void gptOssExperts(String name, float[] read, long[] shape) {
    String block = "blk." + name.split("\\.", -1)[2] + ".";
    boolean isBias = name.endsWith("_bias");
    int experts = (int) shape[0];
    int in = isBias ? 1 : (int) shape[1];
    int out = (int) shape[shape.length - 1];
    String suffix = isBias ? ".bias" : ".weight";
    int step = name.contains("gate_up_proj") ? 2 : 1;
    for (int which = 0; which < step; which++) {
      float[] rows = new float[experts * in * out / step];
      for (int expert = 0; expert < experts; expert++) {
        for (int row = 0; row < out / step; row++) {
          for (int column = 0; column < in; column++) {
            rows[(expert * (out / step) + row) * in + column] =
                read[(expert * in + column) * out + row * step + which];
          }
        }
      }
      String kind = step == 1 ? "down" : which == 0 ? "gate" : "up";
      String stored = block + "ffn_" + kind + "_exps" + suffix;
      values.put(stored, rows);
      shapes.put(
          stored, isBias ? new long[] {experts, out / step} : new long[] {experts, out / step, in});
    }
  }

  /** Llama 3's scaling as llama.cpp's converter writes it: a divisor for each frequency. */
  private void rotaryDivisors() {
    JsonNode scaling = config.get("rope_scaling");
    double factor = scaling.get("factor").asDouble();
    double low = scaling.get("low_freq_factor").asDouble();
    double high = scaling.get("high_freq_factor").asDouble();
    double original = scaling.get("original_max_position_embeddings").asDouble();
    float[] divisors = new float[headSize() / 2];
    for (int i = 0; i < divisors.length; i++) {
      double wave =
          2 * Math.PI * Math.pow(config.get("rope_theta").asDouble(), 2.0 * i / headSize());
      double smooth = (original / wave - low) / (high - low);
      divisors[i] =
          (float)
              (wave < original / high
                  ? 1
                  : wave > original / low ? factor : 1 / ((1 - smooth) / factor + smooth));
    }
    values.put("rope_freqs.weight", divisors);
    shapes.put("rope_freqs.weight", new long[] {divisors.length});
  }

  private int heads() {
    return config.path("num_attention_heads").asInt(config.path("n_head").asInt(0));
  }

  private int headSize() {
    return config.get("hidden_size").asInt() / heads();
  }

  private void stack(String name, String number, float[] read, long[] shape) {
    int expert = Integer.parseInt(number);
    float[] before = values.getOrDefault(name, new float[0]);
    float[] all = Arrays.copyOf(before, Math.max(before.length, (expert + 1) * read.length));
    System.arraycopy(read, 0, all, expert * read.length, read.length);
    values.put(name, all);
    shapes.put(name, new long[] {all.length / read.length, shape[0], shape[1]});
  }

  /** Of each head, the rows i and i + d/2 that turn together, side by side. */
  private static float[] neighbours(float[] rows, int width, int headSize) {
    float[] turned = new float[rows.length];
    for (int row = 0; row < rows.length / width; row++) {
      int within = row % headSize;
      int to = row - within + (within < headSize / 2 ? 2 * within : 2 * within - headSize + 1);
      System.arraycopy(rows, row * width, turned, to * width, width);
    }
    return turned;
  }

  /** All queries, then all keys, then all values, of what is fused head by head or by group. */
  private float[] apart(float[] fused, int width) {
    int groups = heads();
    int queries = 1;
    if (family.equals("falcon")) {
      groups =
          config.get("new_decoder_architecture").asBoolean()
              ? config.get("num_kv_heads").asInt()
              : 1;
      queries = heads() / groups;
    }
    float[] out = new float[fused.length];
    int block = headSize() * width;
    int to = 0;
    for (int[] part : new int[][] {{0, queries}, {queries, 1}, {queries + 1, 1}}) {
      for (int group = 0; group < groups; group++) {
        for (int i = 0; i < part[1]; i++) {
          int from = group * (queries + 2) + part[0] + i;
          System.arraycopy(fused, from * block, out, to++ * block, block);
        }
      }
    }
    return out;
  }

  /** The names of llama.cpp's converter, independent of the reader's table. */
  private String ggufName(String name) {
    boolean hasFourNorms = family.matches("gemma[23]|olmo2|exaone4|gpt-oss");
    return name.replaceFirst("^(model|transformer|gpt_neox)\\.", "")
        .replaceFirst("^(layers|h)\\.", "blk.")
        .replaceFirst("^(embed_tokens|wte|word_embeddings|embed_in)\\.", "token_embd.")
        .replaceFirst("^word_embeddings_layernorm\\.", "token_embd_norm.")
        .replaceFirst("^wpe\\.", "position_embd.")
        .replaceFirst("^(norm|ln_f|final_layer_?norm)\\.", "output_norm.")
        .replaceFirst("\\.self_attn\\.sinks$", ".attn_sinks.weight")
        .replaceFirst("\\.post_self_attn_layernorm\\.", ".post_attention_norm.")
        .replaceFirst("\\.post_mlp_layernorm\\.", ".post_ffw_norm.")
        .replaceFirst("\\.mlp\\.router\\.", ".ffn_gate_inp.")
        .replaceFirst("\\.mlp\\.fc1\\.", ".ffn_up.")
        .replaceFirst("\\.mlp\\.fc2\\.", ".ffn_down.")
        .replaceFirst("\\.self_attn\\.dense\\.", ".attn_output.")
        .replaceFirst("^(lm_head|embed_out)\\.", "output.")
        .replaceFirst("\\.(input_layernorm|ln_1|ln_mlp)\\.", ".attn_norm.")
        .replaceFirst("\\.ln_attn\\.", ".attn_norm_2.")
        .replaceFirst("\\.pre_feedforward_layernorm\\.", ".ffn_norm.")
        .replaceFirst("\\.post_feedforward_layernorm\\.", ".post_ffw_norm.")
        .replaceFirst(
            "\\.(post_attention_layernorm|ln_2)\\.",
            hasFourNorms ? ".post_attention_norm." : ".ffn_norm.")
        .replaceFirst(
            "\\.(self_attn\\.qkv_proj|attn\\.c_attn|(self_)?attention\\.query_key_value)\\.",
            ".attn_qkv.")
        .replaceFirst("\\.self_attn\\.([qkv])_proj\\.", ".attn_$1.")
        .replaceFirst("\\.self_attn\\.([qk])_norm\\.", ".attn_$1_norm.")
        .replaceFirst(
            "\\.(self_attn\\.o_proj|attn\\.c_proj|(self_)?attention\\.dense)\\.", ".attn_output.")
        .replaceFirst("\\.mlp\\.shared_expert\\.(gate|up|down)_proj\\.", ".ffn_$1_shexp.")
        .replaceFirst("\\.mlp\\.shared_expert_gate\\.", ".ffn_gate_inp_shexp.")
        .replaceFirst("\\.mlp\\.experts\\.(gate|up|down)_proj\\.", ".ffn_$1_exps.")
        .replaceFirst("\\.block_sparse_moe\\.experts\\.w1\\.", ".ffn_gate_exps.")
        .replaceFirst("\\.block_sparse_moe\\.experts\\.w2\\.", ".ffn_down_exps.")
        .replaceFirst("\\.block_sparse_moe\\.experts\\.w3\\.", ".ffn_up_exps.")
        .replaceFirst("\\.(mlp|block_sparse_moe)\\.gate\\.", ".ffn_gate_inp.")
        .replaceFirst("\\.mlp\\.gate_proj\\.", ".ffn_gate.")
        .replaceFirst("\\.mlp\\.(gate_up_proj|up_proj|c_fc|dense_h_to_4h)\\.", ".ffn_up.")
        .replaceFirst("\\.mlp\\.(down_proj|c_proj|dense_4h_to_h)\\.", ".ffn_down.");
  }

  private static float[] transposed(float[] values, long[] shape) {
    int rows = (int) shape[0];
    int columns = (int) shape[1];
    float[] turned = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      turned[i % columns * rows + i / columns] = values[i];
    }
    return turned;
  }

  private void size(String key, String... names) {
    for (String name : names) {
      if (config.path(name).isInt()) {
        key(family + "." + key, UINT32, int32(config.get(name).asInt()));
        return;
      }
    }
  }

  private void number(String key, String... names) {
    for (String name : names) {
      if (config.path(name).isNumber()) {
        float value = (float) config.get(name).asDouble();
        key(family + "." + key, FLOAT32, int32(Float.floatToIntBits(value)));
        return;
      }
    }
  }

  private void key(String key, int type, byte[] value) {
    keys.writeBytes(text(key));
    keys.writeBytes(int32(type));
    keys.writeBytes(value);
    keyCount++;
  }

  byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {'G', 'G', 'U', 'F'});
    out.writeBytes(int32(3));
    out.writeBytes(int64(values.size()));
    out.writeBytes(int64(keyCount));
    out.writeBytes(keys.toByteArray());
    long offset = 0;
    for (String name : values.keySet()) {
      long[] shape = requireNonNull(shapes.get(name));
      out.writeBytes(text(name));
      out.writeBytes(int32(shape.length));
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        out.writeBytes(int64(shape[axis]));
      }
      out.writeBytes(int32(0));
      out.writeBytes(int64(offset));
      offset += padded(4L * requireNonNull(values.get(name)).length);
    }
    out.writeBytes(new byte[(int) (padded(out.size()) - out.size())]);
    values
        .values()
        .forEach(each -> {
          ByteBuffer data =
              ByteBuffer.allocate((int) padded(4L * each.length)).order(ByteOrder.LITTLE_ENDIAN);
          data.asFloatBuffer().put(each);
          out.writeBytes(data.array());
        });
    return out.toByteArray();
  }

  private static long padded(long size) {
    return (size + 31) / 32 * 32;
  }

  private static byte[] int32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] int64(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  private static byte[] text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    byte[] out = new byte[8 + bytes.length];
    System.arraycopy(int64(bytes.length), 0, out, 0, 8);
    System.arraycopy(bytes, 0, out, 8, bytes.length);
    return out;
  }
}
