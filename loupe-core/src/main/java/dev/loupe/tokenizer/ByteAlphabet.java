package dev.loupe.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The 256 visible characters that represent the 256 bytes in a byte-level vocabulary, as GPT-2
 * chose them: printable Latin-1 characters stand for themselves, the rest for U+0100 onwards.
 */
final class ByteAlphabet {
  /** In the order of their code points: number by byte. */
  private static final int[] NUMBER_BY_BYTE = new int[256];

  private static final List<String> CHARACTERS = new ArrayList<>();

  static {
    for (int value = 0; value < 256; value++) {
      if (isPrintable(value)) {
        NUMBER_BY_BYTE[value] = CHARACTERS.size();
        CHARACTERS.add(String.valueOf((char) value));
      }
    }
    int printable = CHARACTERS.size();
    for (int value = 0; value < 256; value++) {
      if (!isPrintable(value)) {
        NUMBER_BY_BYTE[value] = CHARACTERS.size();
        CHARACTERS.add(String.valueOf((char) (0x100 + CHARACTERS.size() - printable)));
      }
    }
  }

  private ByteAlphabet() {}

  /** The characters in the order of their code points. */
  static List<String> characters() {
    return List.copyOf(CHARACTERS);
  }

  /** The numbers, among {@link #characters}, of a text's UTF-8 bytes. */
  static int[] numbers(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    int[] numbers = new int[bytes.length];
    Arrays.setAll(numbers, i -> NUMBER_BY_BYTE[bytes[i] & 0xFF]);
    return numbers;
  }

  private static boolean isPrintable(int value) {
    return (value >= '!' && value <= '~')
        || (value >= 0xA1 && value <= 0xAC)
        || (value >= 0xAE && value <= 0xFF);
  }
}
