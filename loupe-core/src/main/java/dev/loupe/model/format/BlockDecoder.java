package dev.loupe.model.format;

import dev.loupe.fault.LoupeException;

/** Expands whole blocks of one storage type, bit for bit as ggml and gguf-py do in float32. */
@FunctionalInterface
interface BlockDecoder {
  /**
   * Expands the first {@code blocks} blocks of {@code in} to the front of {@code out}.
   *
   * @param in at least {@code blocks} times the type's block bytes
   * @param out room for {@code blocks} times the type's block elements
   */
  void decode(byte[] in, int blocks, float[] out);

  /**
   * The decoder of a type.
   *
   * @throws LoupeException if Loupe cannot expand that type
   */
  static BlockDecoder of(GgmlType type) {
    return switch (type) {
      case F32 -> PlainBlocks::f32;
      case F16 -> PlainBlocks::f16;
      case BF16 -> PlainBlocks::bf16;
      case Q4_0 -> PlainBlocks::q4WithoutMinimum;
      case Q4_1 -> PlainBlocks::q4WithMinimum;
      case Q5_0 -> PlainBlocks::q5WithoutMinimum;
      case Q5_1 -> PlainBlocks::q5WithMinimum;
      case Q8_0 -> PlainBlocks::q8;
      case Q2_K -> SuperBlocks::q2;
      case Q3_K -> SuperBlocks::q3;
      case Q4_K -> SuperBlocks::q4;
      case Q5_K -> SuperBlocks::q5;
      case Q6_K -> SuperBlocks::q6;
      case TQ1_0 -> TernaryBlocks::packedByFive;
      case TQ2_0 -> TernaryBlocks::packedByFour;
      case IQ4_NL -> GridBlocks::iq4Nl;
      case IQ4_XS -> GridBlocks::iq4Xs;
      case IQ2_XXS -> GridBlocks::iq2Xxs;
      case IQ2_XS -> GridBlocks::iq2Xs;
      case IQ2_S -> GridBlocks::iq2S;
      case IQ3_XXS -> GridBlocks::iq3Xxs;
      case IQ3_S -> GridBlocks::iq3S;
      case IQ1_S -> GridBlocks::iq1S;
      case MXFP4 -> PlainBlocks::mxfp4;
      case I8, I16, I32, I64, F64, IQ1_M ->
          throw LoupeException.badInput(
              "weights stored as " + type + " cannot be expanded",
              "Choose a file quantised to another type, such as Q4_K or Q8_0.");
    };
  }

  /** The float16 at a place. */
  static float half(byte[] in, int at) {
    return Float.float16ToFloat((short) int16(in, at));
  }

  /** The unsigned 16-bit number at a place. */
  static int int16(byte[] in, int at) {
    return (in[at] & 0xFF) | (in[at + 1] & 0xFF) << 8;
  }

  /** The 32-bit number at a place. */
  static int int32(byte[] in, int at) {
    return int16(in, at) | int16(in, at + 2) << 16;
  }
}
