package dev.loupe.model.format;

import static dev.loupe.model.format.BlockDecoder.half;

/** Blocks of 256 elements that are -1, 0 or 1 times a float16 scale. */
final class TernaryBlocks {
  private static final int[] POWERS = {1, 3, 9, 27, 81};

  private TernaryBlocks() {}

  /**
   * Five elements to a byte: 32 bytes of five, 16 bytes of five, 4 bytes of four, scale. A byte is
   * the fraction {@code x / 256}; its ternary digits appear by multiplication.
   */
  static void packedByFive(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 54, to += 256) {
      float d = half(in, at + 52);
      digits(in, at, 32, 5, d, out, to);
      digits(in, at + 32, 16, 5, d, out, to + 160);
      digits(in, at + 48, 4, 4, d, out, to + 240);
    }
  }

  private static void digits(
      byte[] in, int at, int bytes, int count, float d, float[] out, int to) {
    for (int digit = 0; digit < count; digit++) {
      for (int i = 0; i < bytes; i++) {
        int rest = (in[at + i] * POWERS[digit]) & 0xFF;
        out[to + digit * bytes + i] = d * (((rest * 3) >> 8) - 1);
      }
    }
  }

  /** Four elements to a byte: 64 bytes, scale. */
  static void packedByFour(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 66, to += 256) {
      float d = half(in, at + 64);
      for (int i = 0; i < 256; i++) {
        int packed = in[at + 32 * (i / 128) + i % 32];
        out[to + i] = d * (((packed >> (2 * (i / 32 % 4))) & 3) - 1);
      }
    }
  }
}
