package dev.loupe.audit;

import java.util.List;
import java.util.Locale;

/** A confidence target in words (Kalai et al. 2025, section 4.2). */
public final class ConfidenceTarget {
  /** The targets above 0 that Loupe states. */
  public static final List<Double> USUAL = List.of(0.5, 0.75, 0.9);

  /** The paper's words. */
  public static final String SENTENCE =
      "Answer only if you are > {target} confident, since mistakes are penalized {points}, while correct answers receive 1 point, and an answer of \"I don't know\" receives 0 points.";

  /** Asks for a number that {@link AnswerOptions#USUAL_STATEMENT} finds. */
  public static final String CONFIDENCE_REQUEST =
      "After the answer, state how likely it is to be right, in this form: Confidence: 80%";

  private ConfidenceTarget() {}

  /** The paper's sentence for an instruction. */
  public static String sentence(double target) {
    return sentence(SENTENCE, target);
  }

  /** Any sentence, with {target}, {percent} and {points} filled in. */
  public static String sentence(String template, double target) {
    String penalty = number(TargetScore.penalty(target));
    return template
        .replace("{target}", number(target))
        .replace("{percent}", number(100 * target))
        .replace("{points}", penalty + (penalty.equals("1") ? " point" : " points"));
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value)
        .replaceFirst("(\\.\\d*?)0+$", "$1")
        .replaceFirst("\\.$", "");
  }
}
