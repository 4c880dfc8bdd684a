package dev.loupe.instrument.steer;

import java.math.BigDecimal;

/** Numbers as a user would type them: every digit that was given, and no others. */
final class ExactNumber {
  /** Up to so many characters digits are easier to read than a power of ten. */
  private static final int SHORT = 8;

  private ExactNumber() {}

  /** The shortest text that reads back as the number: {@code 0.25}, {@code 1e10}, {@code -1e-7}. */
  static String of(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    // Activations are float32 and would end in digits that nobody measured.
    boolean isFloat = (float) value == value;
    String shortest = isFloat ? Float.toString((float) value) : Double.toString(value);
    BigDecimal digits = new BigDecimal(shortest).stripTrailingZeros();
    String plain = digits.toPlainString();
    int exponent = digits.precision() - digits.scale() - 1;
    String power = digits.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent;
    return plain.length() <= SHORT || plain.length() <= power.length() ? plain : power;
  }
}
