package dev.loupe.model.format;

/** The small floating-point numbers of the Microscaling Formats (Open Compute Project, 1.0). */
public final class MicroFloats {
  private static final float[] FOUR_BITS = {
    0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6
  };

  private static final int BIAS = 127;
  private static final int NOT_A_NUMBER = 255;

  private MicroFloats() {}

  /** The value of E2M1 in the low four bits. */
  public static float ofFourBits(int bits) {
    return FOUR_BITS[bits & 0xF];
  }

  /** The power of two that E8M0 stands for. */
  public static float power(byte bits) {
    int exponent = Byte.toUnsignedInt(bits);
    return exponent == NOT_A_NUMBER ? Float.NaN : Math.scalb(1f, exponent - BIAS);
  }
}
