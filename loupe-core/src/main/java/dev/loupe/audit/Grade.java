package dev.loupe.audit;

import java.util.Locale;
import java.util.Optional;

/** What became of one answer. */
public enum Grade {
  RIGHT,
  WRONG,
  /** The model said that it does not know. */
  ABSTAINED,
  /** There is no text: neither an error nor an abstention; it earns nothing and costs nothing. */
  EMPTY,
  /**
   * The log does not say, such as a partial score; left out of all rates and counted beside them.
   */
  UNDETERMINED;

  /** The grade that a word or number means in tables and replies; empty if it means none. */
  public static Optional<Grade> of(String word) {
    return switch (word.strip().toLowerCase(Locale.ROOT)) {
      case "correct", "right", "true", "1", "1.0", "c", "yes" -> Optional.of(RIGHT);
      case "wrong", "incorrect", "false", "0", "0.0", "w", "i", "no" -> Optional.of(WRONG);
      case "abstained", "abstain", "not_attempted", "idk", "a", "n" -> Optional.of(ABSTAINED);
      case "empty" -> Optional.of(EMPTY);
      case "undetermined", "partial", "p", "" -> Optional.of(UNDETERMINED);
      default -> Optional.empty();
    };
  }

  /** Its place in this order, in which grades are kept and counted. */
  @SuppressWarnings("EnumOrdinal") // in memory only
  int number() {
    return ordinal();
  }

  /**
   * Points under a confidence target (Kalai et al. 2025, section 4.2): 1 if right, −t/(1 − t) if
   * wrong, else 0.
   *
   * @param target from 0 to below 1
   */
  public double points(double target) {
    return switch (this) {
      case RIGHT -> 1;
      case WRONG -> -TargetScore.penalty(target);
      case ABSTAINED, EMPTY, UNDETERMINED -> 0;
    };
  }
}
