package dev.loupe.model.format;

import static dev.loupe.model.format.BlockDecoder.half;
import static dev.loupe.model.format.BlockDecoder.int16;
import static dev.loupe.model.format.BlockDecoder.int32;

/**
 * Unquantised elements, and blocks of 32 with one float16 scale {@code d} (and perhaps a minimum
 * {@code m}) in front: {@code value = d * q} or {@code d * q + m}. Of packed nibbles, the low ones
 * are the first 16 elements and the high ones the last.
 */
final class PlainBlocks {
  private PlainBlocks() {}

  static void f32(byte[] in, int blocks, float[] out) {
    for (int i = 0; i < blocks; i++) {
      out[i] = Float.intBitsToFloat(int32(in, 4 * i));
    }
  }

  static void f16(byte[] in, int blocks, float[] out) {
    for (int i = 0; i < blocks; i++) {
      out[i] = half(in, 2 * i);
    }
  }

  static void bf16(byte[] in, int blocks, float[] out) {
    for (int i = 0; i < blocks; i++) {
      out[i] = Float.intBitsToFloat(int16(in, 2 * i) << 16);
    }
  }

  static void q4WithoutMinimum(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 18, to += 32) {
      float d = half(in, at);
      for (int i = 0; i < 16; i++) {
        int packed = in[at + 2 + i];
        out[to + i] = d * ((packed & 0xF) - 8);
        out[to + 16 + i] = d * (((packed >> 4) & 0xF) - 8);
      }
    }
  }

  /** A power of two in one byte, then elements of four bits. */
  static void mxfp4(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 17, to += 32) {
      float d = MicroFloats.power(in[at]);
      for (int i = 0; i < 16; i++) {
        int packed = in[at + 1 + i];
        out[to + i] = d * MicroFloats.ofFourBits(packed);
        out[to + 16 + i] = d * MicroFloats.ofFourBits(packed >> 4);
      }
    }
  }

  static void q4WithMinimum(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 20, to += 32) {
      float d = half(in, at);
      float m = half(in, at + 2);
      for (int i = 0; i < 16; i++) {
        int packed = in[at + 4 + i];
        out[to + i] = d * (packed & 0xF) + m;
        out[to + 16 + i] = d * ((packed >> 4) & 0xF) + m;
      }
    }
  }

  static void q5WithoutMinimum(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 22, to += 32) {
      float d = half(in, at);
      int fifth = int32(in, at + 2);
      for (int i = 0; i < 16; i++) {
        int packed = in[at + 6 + i];
        out[to + i] = d * (fifthBit(packed, fifth, i) - 16);
        out[to + 16 + i] = d * (fifthBit(packed >> 4, fifth, i + 16) - 16);
      }
    }
  }

  static void q5WithMinimum(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 24, to += 32) {
      float d = half(in, at);
      float m = half(in, at + 2);
      int fifth = int32(in, at + 4);
      for (int i = 0; i < 16; i++) {
        int packed = in[at + 8 + i];
        out[to + i] = d * fifthBit(packed, fifth, i) + m;
        out[to + 16 + i] = d * fifthBit(packed >> 4, fifth, i + 16) + m;
      }
    }
  }

  private static int fifthBit(int nibble, int fifth, int element) {
    return (nibble & 0xF) | ((fifth >> element) & 1) << 4;
  }

  static void q8(byte[] in, int blocks, float[] out) {
    for (int block = 0, at = 0, to = 0; block < blocks; block++, at += 34, to += 32) {
      float d = half(in, at);
      for (int i = 0; i < 32; i++) {
        out[to + i] = d * in[at + 2 + i];
      }
    }
  }
}
