package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A model of random weights and the same make as the default one (GGUF, llama, Q4_1, byte-level
 * pairs), small enough to be written before each use: for what has to run a model, whichever.
 */
public final class StartupModel {
  private static final int WIDTH = 64;
  private static final int HEADS = 2;
  private static final int MLP = 96;
  private static final int LAYERS = 2;
  private static final int CONTEXT = 64;
  private static final int ALIGNMENT = 32;

  /** Codes of GGUF's value types and tensor types. */
  private static final int UINT32 = 4;

  private static final int FLOAT32 = 6;
  private static final int STRING = 8;
  private static final int ARRAY = 9;
  private static final int F32 = 0;
  private static final int Q4_1 = 3;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final Random random = new Random(0);

  private StartupModel() {}

  /** Writes the model. */
  public static void write(Path file) throws IOException {
    Files.write(file, new StartupModel().bytes());
  }

  private byte[] bytes() {
    List<String> tokens = tokens();
    out.writeBytes("GGUF".getBytes(UTF_8));
    int32(3);
    int64(2 + 9L * LAYERS);
    int64(13);
    key("general.architecture", STRING);
    text("llama");
    number("llama.block_count", LAYERS);
    number("llama.context_length", CONTEXT);
    number("llama.embedding_length", WIDTH);
    number("llama.feed_forward_length", MLP);
    number("llama.attention.head_count", HEADS);
    number("llama.attention.head_count_kv", 1);
    key("llama.attention.layer_norm_rms_epsilon", FLOAT32);
    int32(Float.floatToIntBits(1e-5f));
    key("tokenizer.ggml.model", STRING);
    text("gpt2");
    key("tokenizer.ggml.pre", STRING);
    text("smollm");
    texts("tokenizer.ggml.tokens", tokens);
    texts("tokenizer.ggml.merges", List.of("a n", "an d"));
    number("tokenizer.ggml.eos_token_id", 0);

    matrix("token_embd.weight", tokens.size(), WIDTH);
    gain("output_norm.weight");
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "blk." + layer + ".";
      gain(block + "attn_norm.weight");
      matrix(block + "attn_q.weight", WIDTH, WIDTH);
      matrix(block + "attn_k.weight", WIDTH / HEADS, WIDTH);
      matrix(block + "attn_v.weight", WIDTH / HEADS, WIDTH);
      matrix(block + "attn_output.weight", WIDTH, WIDTH);
      gain(block + "ffn_norm.weight");
      matrix(block + "ffn_gate.weight", MLP, WIDTH);
      matrix(block + "ffn_up.weight", MLP, WIDTH);
      matrix(block + "ffn_down.weight", WIDTH, MLP);
    }
    align(out);
    out.writeBytes(data.toByteArray());
    return out.toByteArray();
  }

  /** The 256 bytes as byte-level pairs write them, and two merges. */
  private static List<String> tokens() {
    List<String> tokens = new ArrayList<>();
    int others = 0;
    for (int value = 0; value < 256; value++) {
      boolean printable = (value > 32 && value < 127) || (value > 160 && value != 173);
      tokens.add(Character.toString(printable ? value : 256 + others++));
    }
    tokens.addAll(List.of("an", "and"));
    return tokens;
  }

  private void matrix(String name, int rows, int columns) {
    describe(name, Q4_1, columns, rows);
    byte[] nibbles = new byte[16];
    for (int block = 0; block < rows * columns / 32; block++) {
      random.nextBytes(nibbles);
      short step = Float.floatToFloat16(0.02f);
      short least = Float.floatToFloat16(-0.15f);
      data.writeBytes(little(4).putShort(step).putShort(least).array());
      data.writeBytes(nibbles);
    }
    align(data);
  }

  private void gain(String name) {
    describe(name, F32, WIDTH);
    for (int i = 0; i < WIDTH; i++) {
      data.writeBytes(little(4).putFloat(1).array());
    }
    align(data);
  }

  private void describe(String name, int type, int... sizes) {
    text(name);
    int32(sizes.length);
    for (int size : sizes) {
      int64(size);
    }
    int32(type);
    int64(data.size());
  }

  private void number(String key, int value) {
    key(key, UINT32);
    int32(value);
  }

  private void texts(String key, List<String> texts) {
    key(key, ARRAY);
    int32(STRING);
    int64(texts.size());
    texts.forEach(this::text);
  }

  private void key(String key, int type) {
    text(key);
    int32(type);
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    int64(bytes.length);
    out.writeBytes(bytes);
  }

  private void int32(int value) {
    out.writeBytes(little(4).putInt(value).array());
  }

  private void int64(long value) {
    out.writeBytes(little(8).putLong(value).array());
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void align(ByteArrayOutputStream stream) {
    stream.writeBytes(new byte[Math.floorMod(-stream.size(), ALIGNMENT)]);
  }
}
