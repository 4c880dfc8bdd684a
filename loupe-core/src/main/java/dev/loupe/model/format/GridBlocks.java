package dev.loupe.model.format;

import static dev.loupe.model.format.BlockDecoder.half;
import static dev.loupe.model.format.BlockDecoder.int16;
import static dev.loupe.model.format.BlockDecoder.int32;

/**
 * The IQ types: an element's magnitude comes out of a table, either its own (IQ4) or one shared by
 * a pattern of four or eight neighbours ({@link Codebook}), with the signs stored apart.
 */
final class GridBlocks {
  private static final byte[] IQ4_VALUES = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };
  private static final float IQ1_SHIFT = 0.125f;

  private GridBlocks() {}

  /** Scale, 16 bytes of nibbles. */
  static void iq4Nl(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 18, to += 32) {
      iq4(in, at + 2, half(in, at), out, to);
    }
  }

  /** Scale, upper two bits of eight scales, their nibbles, 128 bytes of nibbles. */
  static void iq4Xs(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 136, to += 256) {
      float d = half(in, at);
      int high = int16(in, at + 2);
      for (int group = 0; group < 8; group++) {
        int scale = nibble(in, at + 4, group) | ((high >> (2 * group)) & 3) << 4;
        iq4(in, at + 8 + 16 * group, d * (scale - 32), out, to + 32 * group);
      }
    }
  }

  private static void iq4(byte[] in, int at, float scale, float[] out, int to) {
    for (int i = 0; i < 16; i++) {
      out[to + i] = scale * IQ4_VALUES[in[at + i] & 0xF];
      out[to + 16 + i] = scale * IQ4_VALUES[(in[at + i] >> 4) & 0xF];
    }
  }

  /** Scale; per 32 elements four pattern bytes and a word of four sign indices and a scale. */
  static void iq2Xxs(byte[] in, int blocks, float[] out) {
    byte[] patterns = Codebook.of(GgmlType.IQ2_XXS).magnitudes();
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 66, to += 256) {
      float d = half(in, at);
      for (int part = 0; part < 32; part++) {
        int group = at + 2 + 8 * (part / 4);
        int word = int32(in, group + 4);
        float scale = d * (0.5f + (word >>> 28)) * 0.25f;
        int pattern = in[group + part % 4] & 0xFF;
        int signs = withParity((word >>> (7 * (part % 4))) & 0x7F);
        signed(patterns, 8 * pattern, 8, scale, signs, out, to + 8 * part);
      }
    }
  }

  /** Scale, 32 words of pattern (9 bits) and sign index (7 bits), 8 bytes of scale nibbles. */
  static void iq2Xs(byte[] in, int blocks, float[] out) {
    byte[] patterns = Codebook.of(GgmlType.IQ2_XS).magnitudes();
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 74, to += 256) {
      float d = half(in, at);
      for (int part = 0; part < 32; part++) {
        int word = int16(in, at + 2 + 2 * part);
        float scale = d * (0.5f + nibble(in, at + 66, part / 2)) * 0.25f;
        signed(patterns, 8 * (word & 511), 8, scale, withParity(word >> 9), out, to + 8 * part);
      }
    }
  }

  /** Scale, 32 bytes of patterns, 32 of signs, 8 of patterns' upper bits, 8 of scale nibbles. */
  static void iq2S(byte[] in, int blocks, float[] out) {
    byte[] patterns = Codebook.of(GgmlType.IQ2_S).magnitudes();
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 82, to += 256) {
      float d = half(in, at);
      for (int part = 0; part < 32; part++) {
        int upper = (in[at + 66 + part / 4] >> (2 * (part % 4))) & 3;
        int pattern = (in[at + 2 + part] & 0xFF) | upper << 8;
        float scale = d * (0.5f + nibble(in, at + 74, part / 2)) * 0.25f;
        signed(patterns, 8 * pattern, 8, scale, in[at + 34 + part], out, to + 8 * part);
      }
    }
  }

  /** Scale, 64 bytes of patterns, per 32 elements a word of four sign indices and a scale. */
  static void iq3Xxs(byte[] in, int blocks, float[] out) {
    byte[] patterns = Codebook.of(GgmlType.IQ3_XXS).magnitudes();
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 98, to += 256) {
      float d = half(in, at);
      for (int part = 0; part < 64; part++) {
        int word = int32(in, at + 66 + 4 * (part / 8));
        float scale = d * (0.5f + (word >>> 28)) * 0.5f;
        int signs = withParity((word >>> (7 * (part / 2 % 4))) & 0x7F) >> (4 * (part % 2));
        int pattern = in[at + 2 + part] & 0xFF;
        signed(patterns, 4 * pattern, 4, scale, signs, out, to + 4 * part);
      }
    }
  }

  /** Scale, 64 bytes of patterns, 8 of their upper bits, 32 of signs, 4 of scale nibbles. */
  static void iq3S(byte[] in, int blocks, float[] out) {
    byte[] patterns = Codebook.of(GgmlType.IQ3_S).magnitudes();
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 110, to += 256) {
      float d = half(in, at);
      for (int part = 0; part < 64; part++) {
        int upper = (in[at + 66 + part / 8] >> (part % 8)) & 1;
        int pattern = (in[at + 2 + part] & 0xFF) | upper << 8;
        float scale = d * (1 + 2 * nibble(in, at + 106, part / 8));
        int signs = in[at + 74 + part / 2] >> (4 * (part % 2));
        signed(patterns, 4 * pattern, 4, scale, signs, out, to + 4 * part);
      }
    }
  }

  /**
   * Scale, 32 bytes of patterns, per 32 elements a word of their upper bits, a scale and the sign
   * of a shift that all magnitudes get.
   */
  static void iq1S(byte[] in, int blocks, float[] out) {
    byte[] patterns = Codebook.of(GgmlType.IQ1_S).magnitudes();
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 50, to += 256) {
      float d = half(in, at);
      for (int part = 0; part < 32; part++) {
        int word = int16(in, at + 34 + 2 * (part / 4));
        float scale = d * (2 * ((word >> 12) & 7) + 1);
        float shift = (word & 0x8000) == 0 ? IQ1_SHIFT : -IQ1_SHIFT;
        int upper = (word >> (3 * (part % 4))) & 7;
        int pattern = 8 * ((in[at + 2 + part] & 0xFF) | upper << 8);
        for (int i = 0; i < 8; i++) {
          out[to + 8 * part + i] = scale * (patterns[pattern + i] + shift);
        }
      }
    }
  }

  private static void signed(
      byte[] patterns, int from, int width, float scale, int signs, float[] out, int to) {
    for (int i = 0; i < width; i++) {
      float value = scale * patterns[from + i];
      out[to + i] = ((signs >> i) & 1) == 0 ? value : -value;
    }
  }

  /** Seven sign bits are stored; the eighth makes the number of negative signs even. */
  private static int withParity(int signs) {
    return signs | (Integer.bitCount(signs) & 1) << 7;
  }

  private static int nibble(byte[] in, int at, int index) {
    return (in[at + index / 2] >> (4 * (index % 2))) & 0xF;
  }
}
