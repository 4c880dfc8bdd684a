package dev.loupe.model.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.StoredTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Architectures whose GGUF files no fixture holds: the fixture's folder written as such a file, by
 * the rules of llama.cpp's converter, must give the folder's logits.
 */
@Tag("oracle")
class GgufOfFolderTest {
  private static final Path ROOT =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "models");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"gemma", "gpt2", "phi3", "qwen2", "qwen3"})
  void theSameModelAsAGgufFileGivesTheSameLogits(String family) throws IOException {
    Path model = ROOT.resolve(family).resolve("model");
    assumeTrue(Files.isDirectory(model), "no fixture " + model);
    Path file = folder.resolve(family + ".gguf");
    Files.write(file, new Twin(family, model).bytes());
    int[] ids = {3, 14, 15, 92, 65, 35, 89, 79, 32, 38, 46, 26};
    try (Transformer expected = ModelLoader.transformer(model, LoadOptions.of(DType.F64));
        Transformer actual = ModelLoader.transformer(file, LoadOptions.of(DType.F64));
        var _ = NativeScope.open()) {
      // The file holds epsilons and bases as float32, and gemma's gains rounded once more.
      assertArrayEquals(
          expected.logits(TokenBatch.of(ids), Hooks.NONE).toDoubles(),
          actual.logits(TokenBatch.of(ids), Hooks.NONE).toDoubles(),
          family.equals("gemma") ? 1e-5 : 1e-8);
    }
  }

  /** A folder's model as the bytes of a GGUF file. */
  private static final class Twin {
    private static final int STRING = 8;
    private static final int UINT32 = 4;
    private static final int FLOAT32 = 6;

    private final String family;
    private final JsonNode config;
    private final Map<String, float[]> values = new LinkedHashMap<>();
    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
    private int keyCount;

    Twin(String family, Path model) {
      this.family = family;
      this.config = JsonMapper.shared().readTree(model.resolve("config.json").toFile());
      try (Safetensors stored = Safetensors.open(model.resolve("model.safetensors"))) {
        stored.tensors().values().forEach(this::add);
      }
      key("general.architecture", STRING, text(family));
      size("block_count", "num_hidden_layers", "n_layer");
      size("context_length", "max_position_embeddings", "n_positions");
      size("embedding_length", "hidden_size", "n_embd");
      size("feed_forward_length", "intermediate_size", "n_inner");
      size("attention.head_count", "num_attention_heads", "n_head");
      size("attention.head_count_kv", "num_key_value_heads");
      size("attention.key_length", "head_dim");
      size("attention.sliding_window", "sliding_window");
      number("rope.freq_base", "rope_theta");
      number("attention.layer_norm_rms_epsilon", "rms_norm_eps");
      number("attention.layer_norm_epsilon", "layer_norm_epsilon");
      if (config.has("partial_rotary_factor")) {
        int head = config.get("hidden_size").asInt() / config.get("num_attention_heads").asInt();
        int turned = (int) (head * config.get("partial_rotary_factor").asDouble());
        key(family + ".rope.dimension_count", UINT32, int32(turned));
      }
    }

    private void add(StoredTensor tensor) {
      String name = ggufName(tensor.name());
      float[] read = tensor.toFloats();
      long[] shape = tensor.sizes();
      boolean storedByInput = tensor.name().matches(".*\\.c_(attn|proj|fc)\\.weight");
      if (family.equals("gemma") && tensor.name().endsWith("norm.weight")) {
        for (int i = 0; i < read.length; i++) {
          read[i] += 1;
        }
      }
      values.put(name, storedByInput ? transposed(read, shape) : read);
      shapes.put(name, storedByInput ? new long[] {shape[1], shape[0]} : shape);
    }

    /** The names of llama.cpp's converter, independent of the reader's table. */
    private static String ggufName(String name) {
      return name.replaceFirst("^(model|transformer)\\.", "")
          .replaceFirst("^(layers|h)\\.", "blk.")
          .replaceFirst("^(embed_tokens|wte)\\.", "token_embd.")
          .replaceFirst("^wpe\\.", "position_embd.")
          .replaceFirst("^(norm|ln_f)\\.", "output_norm.")
          .replaceFirst("^lm_head\\.", "output.")
          .replaceFirst("\\.(input_layernorm|ln_1)\\.", ".attn_norm.")
          .replaceFirst("\\.(post_attention_layernorm|ln_2)\\.", ".ffn_norm.")
          .replaceFirst("\\.(self_attn\\.qkv_proj|attn\\.c_attn)\\.", ".attn_qkv.")
          .replaceFirst("\\.self_attn\\.([qkv])_proj\\.", ".attn_$1.")
          .replaceFirst("\\.self_attn\\.([qk])_norm\\.", ".attn_$1_norm.")
          .replaceFirst("\\.(self_attn\\.o_proj|attn\\.c_proj)\\.", ".attn_output.")
          .replaceFirst("\\.mlp\\.gate_proj\\.", ".ffn_gate.")
          .replaceFirst("\\.mlp\\.(gate_up_proj|up_proj|c_fc)\\.", ".ffn_up.")
          .replaceFirst("\\.mlp\\.(down_proj|c_proj)\\.", ".ffn_down.");
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
        }
      }
    }

    private void number(String key, String name) {
      if (config.path(name).isNumber()) {
        float value = (float) config.get(name).asDouble();
        key(family + "." + key, FLOAT32, int32(Float.floatToIntBits(value)));
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
}
