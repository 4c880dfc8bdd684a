package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Experts in MXFP4 give the very numbers that the same values in float32 give. */
class Mxfp4Test {
  private static final int WIDTH = 64;
  private static final int NEURONS = 32;
  private static final int EXPERTS = 3;
  private static final int HEADS = 2;
  private static final int HEAD = 8;
  private static final int VOCABULARY = 40;

  /** The values of E2M1, as the Microscaling Formats list them. */
  private static final float[] VALUES = {
    0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6
  };

  @TempDir Path folder;

  private final Random random = new Random(4);
  private final SafetensorsWriter packed = new SafetensorsWriter();
  private final SafetensorsWriter plain = new SafetensorsWriter();

  @Test
  void expandsExactly() throws IOException {
    write(124);
    double[] expected = logits("plain", Long.MAX_VALUE);
    // The values are the same; where they lie in memory decides in which order a kernel adds them.
    assertArrayEquals(expected, logits("packed", Long.MAX_VALUE), 1e-12);
    assertArrayEquals(expected, logits("packed", 0), 1e-12);
    assertTrue(expected[0] != expected[1], "not constant");
  }

  @Test
  void refusesAScaleThatIsNotANumber() throws IOException {
    write(255);
    LoupeException refused =
        assertThrows(LoupeException.class, () -> logits("packed", Long.MAX_VALUE));
    assertTrue(String.valueOf(refused.getMessage()).contains("gate_up_proj_scales"));
  }

  private double[] logits(String name, long most) {
    try (Transformer model =
            ModelLoader.transformer(folder.resolve(name), new LoadOptions(DType.F64, most));
        var _ = NativeScope.open()) {
      return model.logits(TokenBatch.of(new int[] {3, 9, 27, 1, 5}), Hooks.NONE).toDoubles();
    }
  }

  private void write(int firstScale) throws IOException {
    both("model.embed_tokens.weight", VOCABULARY, WIDTH);
    both("lm_head.weight", VOCABULARY, WIDTH);
    both("model.norm.weight", WIDTH);
    String block = "model.layers.0.";
    both(block + "input_layernorm.weight", WIDTH);
    both(block + "post_attention_layernorm.weight", WIDTH);
    for (String map : List.of("q", "k", "v")) {
      both(block + "self_attn." + map + "_proj.weight", HEADS * HEAD, WIDTH);
      both(block + "self_attn." + map + "_proj.bias", HEADS * HEAD);
    }
    both(block + "self_attn.o_proj.weight", WIDTH, HEADS * HEAD);
    both(block + "self_attn.o_proj.bias", WIDTH);
    both(block + "self_attn.sinks", HEADS);
    both(block + "mlp.router.weight", EXPERTS, WIDTH);
    both(block + "mlp.router.bias", EXPERTS);
    experts(block + "mlp.experts.gate_up_proj", 2 * NEURONS, WIDTH, firstScale);
    experts(block + "mlp.experts.down_proj", WIDTH, NEURONS, 125);
    both(block + "mlp.experts.gate_up_proj_bias", EXPERTS, 2 * NEURONS);
    both(block + "mlp.experts.down_proj_bias", EXPERTS, WIDTH);
    save("plain", plain, "");
    save("packed", packed, ", \"quantization_config\": {\"quant_method\": \"mxfp4\"}");
  }

  private void save(String name, SafetensorsWriter writer, String more) throws IOException {
    Path to = Files.createDirectory(folder.resolve(name));
    writer.write(to.resolve("model.safetensors"));
    Files.writeString(
        to.resolve("config.json"),
        """
        {"model_type": "gpt_oss", "hidden_size": %d, "intermediate_size": %d,
         "num_local_experts": %d, "num_experts_per_tok": 2, "num_attention_heads": %d,
         "num_key_value_heads": %d, "head_dim": %d, "num_hidden_layers": 1, "vocab_size": %d,
         "sliding_window": 4, "max_position_embeddings": 64, "tie_word_embeddings": false%s}
        """
            .formatted(WIDTH, NEURONS, EXPERTS, HEADS, HEADS, HEAD, VOCABULARY, more));
  }

  private void both(String name, long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * 0.3f;
    }
    packed.add(name, values, shape);
    plain.add(name, values, shape);
  }

  /**
   * Stacks {@code [experts, rows, columns]} in MXFP4, and {@code [experts, columns, rows]} plain.
   */
  private void experts(String name, int rows, int columns, int firstScale) {
    byte[] blocks = new byte[EXPERTS * rows * columns / 2];
    byte[] scales = new byte[EXPERTS * rows * columns / 32];
    float[] values = new float[EXPERTS * rows * columns];
    random.nextBytes(blocks);
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (byte) (i == 0 ? firstScale : 122 + random.nextInt(5));
    }
    for (int i = 0; i < values.length; i++) {
      int bits = (blocks[i / 2] >> (i % 2 == 0 ? 0 : 4)) & 0xF;
      double value = VALUES[bits] * Math.pow(2, Byte.toUnsignedInt(scales[i / 32]) - 127);
      int within = i % (rows * columns);
      int turned = within % columns * rows + within / columns;
      values[i - within + turned] = (float) value;
    }
    plain.add(name, values, EXPERTS, columns, rows);
    packed.add(raw(name + "_blocks", blocks, EXPERTS, rows, columns / 32, 16));
    packed.add(raw(name + "_scales", scales, EXPERTS, rows, columns / 32));
  }

  private static StoredTensor raw(String name, byte[] bytes, long... shape) {
    return new StoredTensor(
        name, DType.U8, Arrays.stream(shape).boxed().toList(), MemorySegment.ofArray(bytes));
  }
}
