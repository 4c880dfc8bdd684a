package dev.loupe.model.format;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;

/**
 * The few patterns of magnitudes that an IQ type can express: an index in the file represents a
 * whole pattern of neighbouring elements.
 *
 * @param width elements of one pattern
 * @param magnitudes pattern after pattern
 */
@SuppressWarnings("ArrayRecordComponent") // read in the innermost loop, never handed out
record Codebook(int width, byte[] magnitudes) {
  private static final Map<GgmlType, Codebook> ALL = load();

  static Codebook of(GgmlType type) {
    return Objects.requireNonNull(ALL.get(type), () -> type + " has no codebook");
  }

  private static Map<GgmlType, Codebook> load() {
    Map<GgmlType, StringBuilder> packed = new EnumMap<>(GgmlType.class);
    try (InputStream resource =
            Objects.requireNonNull(Codebook.class.getResourceAsStream("codebooks.txt"));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(resource, StandardCharsets.US_ASCII))) {
      StringBuilder current = new StringBuilder();
      for (String line : (Iterable<String>) lines.lines()::iterator) {
        if (line.startsWith("IQ")) {
          current = new StringBuilder();
          packed.put(GgmlType.valueOf(line), current);
        } else if (!line.startsWith("#")) {
          current.append(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<GgmlType, Codebook> books = new EnumMap<>(GgmlType.class);
    packed.forEach((type, hex) -> books.put(type, unpack(type, HexFormat.of().parseHex(hex))));
    return books;
  }

  private static Codebook unpack(GgmlType type, byte[] packed) {
    return switch (type) {
      case IQ1_S -> unpack(8, 2, packed, new byte[] {-1, 0, 1});
      case IQ2_XXS, IQ2_XS, IQ2_S -> unpack(8, 2, packed, new byte[] {0x08, 0x19, 0x2B});
      case IQ3_XXS ->
          unpack(4, 4, packed, new byte[] {0x04, 0x0C, 0x14, 0x1C, 0x24, 0x2C, 0x34, 0x3E});
      case IQ3_S ->
          unpack(4, 4, packed, new byte[] {0x01, 0x03, 0x05, 0x07, 0x09, 0x0B, 0x0D, 0x0F});
      default -> throw new IllegalArgumentException(type + " has no codebook");
    };
  }

  private static Codebook unpack(int width, int bits, byte[] packed, byte[] values) {
    int perByte = 8 / bits;
    byte[] magnitudes = new byte[packed.length * perByte];
    for (int i = 0; i < magnitudes.length; i++) {
      int index = packed[i / perByte] >> (bits * (i % perByte));
      magnitudes[i] = values[index & ((1 << bits) - 1)];
    }
    return new Codebook(width, magnitudes);
  }
}
