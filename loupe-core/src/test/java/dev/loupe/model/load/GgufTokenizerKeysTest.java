package dev.loupe.model.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.format.Gguf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys of a GGUF file's tokenizer are read, without effect, or refused by name. */
class GgufTokenizerKeysTest {
  @TempDir Path folder;

  private Path file(String kind, String key, String value) throws IOException {
    Bytes bytes = new Bytes();
    bytes.raw("GGUF".getBytes(UTF_8)).int32(3).int64(0).int64(2);
    bytes.text("tokenizer.ggml.model").int32(8).text(kind);
    bytes.text("tokenizer." + key);
    switch (value) {
      case "true", "false" ->
          bytes.int32(7).raw(new byte[] {(byte) (value.equals("true") ? 1 : 0)});
      case "bytes" -> bytes.int32(9).int32(0).int64(3).raw(new byte[] {1, 2, 3});
      default -> bytes.int32(8).text(value);
    }
    return Files.write(folder.resolve("x.gguf"), bytes.out.toByteArray());
  }

  @ParameterizedTest
  @CsvSource({
    "llama, ggml.precompiled_charsmap, bytes",
    "llama, ggml.remove_extra_whitespaces, true",
    "llama, ggml.escape_whitespaces, false",
    "gpt2, ggml.add_space_prefix, true",
    "gpt2, ggml.add_sep_token, true",
    "gpt2, ggml.ignore_merges, true",
    "gpt2, ggml.normalizer.lowercase, true",
    "gpt2, ggml.some_new_split, new",
    "gpt2, rwkv.world, words",
  })
  void whatCouldChangeTheTokensIsRefusedByName(String kind, String key, String value)
      throws IOException {
    try (Gguf file = Gguf.open(file(kind, key, value))) {
      LoupeException refused =
          assertThrows(LoupeException.class, () -> GgufTokenizerKeys.requireKnown(file));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("tokenizer." + key), refused.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama, ggml.add_space_prefix, true",
    "llama, ggml.add_space_prefix, false",
    "gpt2, ggml.add_space_prefix, false",
    "gpt2, ggml.add_bos_token, true",
    "gpt2, ggml.pre, gpt-2",
    "llama, ggml.remove_extra_whitespaces, false",
    "llama, ggml.escape_whitespaces, true",
    "gpt2, ggml.padding_token_id, 3",
    "gpt2, ggml.fim_pre_token_id, 3",
    "gpt2, huggingface.json, {}",
    "gpt2, chat_template, x",
    "gpt2, chat_template.tool_use, x",
  })
  void whatIsReadOrHasNoEffectPasses(String kind, String key, String value) throws IOException {
    try (Gguf file = Gguf.open(file(kind, key, value))) {
      assertDoesNotThrow(() -> GgufTokenizerKeys.requireKnown(file));
    }
  }

  private static final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Bytes int32(int value) {
      return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    Bytes int64(long value) {
      return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    Bytes text(String text) {
      return int64(text.getBytes(UTF_8).length).raw(text.getBytes(UTF_8));
    }
  }
}
