package dev.loupe.instrument.study;

import dev.loupe.fault.LoupeException;
import java.util.List;

/**
 * The request of the study.
 *
 * @param prompts of the task, in any order
 * @param source where they come from, in words
 * @param top features to analyse in detail
 * @param tested prompts of each YY for the interventions, at most
 * @param draws random groups to compare each group with
 */
public record GreaterThanRequest(
    List<Asked> prompts, String source, int top, int tested, int draws) {
  /** Features that the published study analyses. */
  public static final int DEFAULT_TOP = 160;

  /** Prompts of each YY, by default. */
  public static final int DEFAULT_PROMPTS = 12;

  /** Prompts of each YY for the interventions, by default. */
  public static final int DEFAULT_TESTED = 4;

  /** Random groups, by default. */
  public static final int DEFAULT_DRAWS = 5;

  public GreaterThanRequest {
    prompts = List.copyOf(prompts);
    if (prompts.isEmpty()) {
      throw LoupeException.badInput("there is no prompt to ask", "Give some.");
    }
    if (top < 1 || tested < 1 || draws < 1) {
      throw new IllegalArgumentException(top + " features, " + tested + " prompts, " + draws);
    }
  }

  /** The study as it was published, of these prompts. */
  public static GreaterThanRequest of(List<Asked> prompts, String source) {
    return new GreaterThanRequest(prompts, source, DEFAULT_TOP, DEFAULT_TESTED, DEFAULT_DRAWS);
  }
}
