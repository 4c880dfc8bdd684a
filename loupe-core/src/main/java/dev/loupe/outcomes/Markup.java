package dev.loupe.outcomes;

import dev.loupe.statistics.Estimate;
import java.util.Locale;

/** Figures and foreign text for SVG and HTML. */
public final class Markup {
  /** Smaller p-values are not told apart. */
  private static final double LEAST_P = 0.0001;

  private Markup() {}

  /** Text that a browser shows as it is; what could turn or hide other text is left out. */
  public static String escaped(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints()
        .forEach(point -> {
          switch (point) {
            case '<' -> safe.append("&lt;");
            case '>' -> safe.append("&gt;");
            case '&' -> safe.append("&amp;");
            case '"' -> safe.append("&quot;");
            case '\'' -> safe.append("&#39;");
            default -> safe.appendCodePoint(isPlain(point) ? point : '\ufffd');
          }
        });
    return safe.toString();
  }

  private static boolean isPlain(int point) {
    int type = Character.getType(point);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.SURROGATE
        && type != Character.UNASSIGNED;
  }

  /** At most so many characters. */
  public static String shortened(String text, int longest) {
    return text.codePointCount(0, text.length()) <= longest
        ? text
        : text.substring(0, text.offsetByCodePoints(0, longest - 1)) + "…";
  }

  /** {@code 95%}. */
  public static String level(double level) {
    return String.format(Locale.ROOT, "%.4g", 100 * level).replaceFirst("\\.?0+$", "") + "%";
  }

  /** {@code 80.0% [69.2, 87.7]}. */
  public static String percent(Estimate share) {
    return percentValue(share) + " " + percentInterval(share);
  }

  static String percentValue(Estimate share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share.value());
  }

  static String percentInterval(Estimate share) {
    return String.format(Locale.ROOT, "[%.1f, %.1f]", 100 * share.low(), 100 * share.high());
  }

  /** {@code +20.0 [+5.2, +33.4]}, percentage points. */
  static String points(Estimate difference) {
    return signed(100 * difference.value()) + " " + pointsInterval(difference);
  }

  static String pointsInterval(Estimate difference) {
    return "[%s, %s]".formatted(signed(100 * difference.low()), signed(100 * difference.high()));
  }

  /** One digit after the point, with a sign unless it is zero. */
  static String signed(double value) {
    String digits = String.format(Locale.ROOT, "%.1f", Math.abs(value));
    return digits.equals("0.0") ? digits : (value < 0 ? "−" : "+") + digits;
  }

  /** Of an axis: whole numbers without a point. */
  static String tick(double value) {
    return signed(value).replaceFirst("\\.0$", "");
  }

  /** A p-value. */
  public static String p(double p) {
    return p < LEAST_P ? "< 0.0001" : String.format(Locale.ROOT, p < 0.001 ? "%.4f" : "%.3f", p);
  }
}
