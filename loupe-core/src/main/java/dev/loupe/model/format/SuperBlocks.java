package dev.loupe.model.format;

import static dev.loupe.model.format.BlockDecoder.half;

/**
 * The K types: blocks of 256 elements, cut into groups of 16 or 32 that have a small integer scale
 * (and minimum) of their own under the block's float16 scale.
 */
final class SuperBlocks {
  private SuperBlocks() {}

  /** 16 bytes of scale and minimum nibbles, 64 of 2-bit values, scale, minimum. */
  static void q2(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 84, to += 256) {
      float d = half(in, at + 80);
      float dmin = half(in, at + 82);
      for (int group = 0; group < 16; group++) {
        float scale = d * (in[at + group] & 0xF);
        float minimum = dmin * ((in[at + group] >> 4) & 0xF);
        int from = at + 16 + twoBitBytes(group);
        int shift = twoBitShift(group);
        for (int i = 0; i < 16; i++) {
          out[to + 16 * group + i] = scale * ((in[from + i] >> shift) & 3) - minimum;
        }
      }
    }
  }

  /** 32 bytes of third bits, 64 of the lower two, 12 of 6-bit scales, scale. */
  static void q3(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 110, to += 256) {
      float d = half(in, at + 108);
      for (int group = 0; group < 16; group++) {
        int low = (in[at + 96 + group % 8] >> (4 * (group / 8))) & 0xF;
        int high = (in[at + 104 + group % 4] >> (2 * (group / 4))) & 3;
        float scale = d * ((low | high << 4) - 32);
        int from = at + 32 + twoBitBytes(group);
        int shift = twoBitShift(group);
        int third = at + 16 * (group % 2);
        for (int i = 0; i < 16; i++) {
          // The offset applies where the third bit is clear.
          int offset = ((in[third + i] >> (group / 2)) & 1) == 0 ? 4 : 0;
          out[to + 16 * group + i] = scale * (((in[from + i] >> shift) & 3) - offset);
        }
      }
    }
  }

  /** Scale, minimum, 12 bytes of 6-bit scales and minima, 128 of nibbles. */
  static void q4(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 144, to += 256) {
      float d = half(in, at);
      float dmin = half(in, at + 2);
      for (int group = 0; group < 8; group++) {
        float scale = d * scale(in, at + 4, group);
        float minimum = dmin * minimum(in, at + 4, group);
        int from = at + 16 + 32 * (group / 2);
        int shift = 4 * (group % 2);
        for (int i = 0; i < 32; i++) {
          out[to + 32 * group + i] = scale * ((in[from + i] >> shift) & 0xF) - minimum;
        }
      }
    }
  }

  /** Scale, minimum, 12 bytes of 6-bit scales and minima, 32 of fifth bits, 128 of nibbles. */
  static void q5(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 176, to += 256) {
      float d = half(in, at);
      float dmin = half(in, at + 2);
      for (int group = 0; group < 8; group++) {
        float scale = d * scale(in, at + 4, group);
        float minimum = dmin * minimum(in, at + 4, group);
        int from = at + 48 + 32 * (group / 2);
        int shift = 4 * (group % 2);
        for (int i = 0; i < 32; i++) {
          int fifth = ((in[at + 16 + i] >> group) & 1) << 4;
          out[to + 32 * group + i] = scale * (((in[from + i] >> shift) & 0xF) | fifth) - minimum;
        }
      }
    }
  }

  /** 128 bytes of nibbles, 64 of the upper two bits, 16 of signed scales, scale. */
  static void q6(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 210, to += 256) {
      float d = half(in, at + 208);
      for (int group = 0; group < 16; group++) {
        float scale = d * in[at + 192 + group];
        int from = at + 64 * (group / 8) + 16 * (group % 4);
        int shift = 4 * (group / 4 % 2);
        int upper = at + 128 + twoBitBytes(group);
        int upperShift = twoBitShift(group);
        for (int i = 0; i < 16; i++) {
          int q = ((in[from + i] >> shift) & 0xF) | ((in[upper + i] >> upperShift) & 3) << 4;
          out[to + 16 * group + i] = scale * (q - 32);
        }
      }
    }
  }

  /**
   * Two-bit values lie in two runs of 32 bytes, each of which holds 128 elements in four layers.
   */
  private static int twoBitBytes(int group) {
    return 32 * (group / 8) + 16 * (group % 2);
  }

  private static int twoBitShift(int group) {
    return 2 * (group / 2 % 4);
  }

  /** Of the 12 bytes, 0 to 3 hold the first four scales; the others' upper bits sit above them. */
  private static int scale(byte[] in, int at, int group) {
    return group < 4
        ? in[at + group] & 0x3F
        : (in[at + 4 + group] & 0xF) | ((in[at + group - 4] >> 2) & 0x30);
  }

  private static int minimum(byte[] in, int at, int group) {
    return group < 4
        ? in[at + 4 + group] & 0x3F
        : ((in[at + 4 + group] >> 4) & 0xF) | ((in[at + group] >> 2) & 0x30);
  }
}
