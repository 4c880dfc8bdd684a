package dev.loupe.bench;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Writes a model folder of the dimensions of Llama 3 8B with random weights in bfloat16, 16 GB: to
 * see whether a machine can trace a model of that size. See trace-8b.sh.
 */
public final class RandomFolder {
  private static final int WIDTH = 4096;
  private static final int KEY_VALUES = 1024;
  private static final int MLP = 14_336;
  private static final int VOCABULARY = 128_256;

  /** Tensors are pieces of one long row of numbers, each from another place. */
  private static final long POOL = (long) VOCABULARY * WIDTH + (1 << 20);

  private final SplittableRandom random = new SplittableRandom(1);
  private final SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
  private final MemorySegment pool;
  private final MemorySegment ones;

  private RandomFolder(Arena arena) {
    this.pool = arena.allocate(POOL * Short.BYTES, Long.BYTES);
    float spread = (float) Math.sqrt(3.0 / WIDTH);
    for (long i = 0; i < POOL; i++) {
      pool.setAtIndex(ValueLayout.JAVA_SHORT, i, upper(spread * (float) random.nextDouble(-1, 1)));
    }
    this.ones = arena.allocate((long) WIDTH * Short.BYTES, Long.BYTES);
    for (int i = 0; i < WIDTH; i++) {
      ones.setAtIndex(ValueLayout.JAVA_SHORT, i, upper(1));
    }
  }

  /**
   * Writes it.
   *
   * @param args the folder; a {@code tokenizer.json} for it; layers
   */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of(args[0]));
    int layers = Integer.parseInt(args[2]);
    Files.copy(Path.of(args[1]), folder.resolve("tokenizer.json"));
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": %d,
         "intermediate_size": %d, "num_hidden_layers": %d, "num_attention_heads": 32,
         "num_key_value_heads": 8, "head_dim": 128, "vocab_size": %d, "hidden_act": "silu",
         "max_position_embeddings": 8192, "rms_norm_eps": 1e-05, "rope_theta": 500000.0,
         "attention_bias": false, "mlp_bias": false, "tie_word_embeddings": false,
         "bos_token_id": 0, "eos_token_id": 0, "torch_dtype": "bfloat16"}
        """
            .formatted(WIDTH, MLP, layers, VOCABULARY));
    try (Arena arena = Arena.ofConfined()) {
      new RandomFolder(arena).write(folder.resolve("model.safetensors"), layers);
    }
  }

  private void write(Path file, int layers) {
    matrix("model.embed_tokens", VOCABULARY, WIDTH);
    matrix("lm_head", VOCABULARY, WIDTH);
    gain("model.norm");
    for (int layer = 0; layer < layers; layer++) {
      String block = "model.layers." + layer + ".";
      gain(block + "input_layernorm");
      gain(block + "post_attention_layernorm");
      matrix(block + "self_attn.q_proj", WIDTH, WIDTH);
      matrix(block + "self_attn.k_proj", KEY_VALUES, WIDTH);
      matrix(block + "self_attn.v_proj", KEY_VALUES, WIDTH);
      matrix(block + "self_attn.o_proj", WIDTH, WIDTH);
      matrix(block + "mlp.gate_proj", MLP, WIDTH);
      matrix(block + "mlp.up_proj", MLP, WIDTH);
      matrix(block + "mlp.down_proj", WIDTH, MLP);
    }
    writer.write(file);
  }

  private void matrix(String name, long rows, long columns) {
    long from = random.nextLong(POOL - rows * columns);
    add(name, pool.asSlice(from * Short.BYTES, rows * columns * Short.BYTES), rows, columns);
  }

  private void gain(String name) {
    add(name, ones, WIDTH);
  }

  private void add(String name, MemorySegment bytes, long... sizes) {
    List<Long> shape = Arrays.stream(sizes).boxed().toList();
    writer.add(new StoredTensor(name + ".weight", DType.BF16, shape, bytes));
  }

  private static short upper(float value) {
    return (short) (Float.floatToRawIntBits(value) >>> 16);
  }
}
