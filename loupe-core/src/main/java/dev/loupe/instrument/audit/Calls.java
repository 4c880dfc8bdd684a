package dev.loupe.instrument.audit;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import java.util.OptionalInt;

/**
 * What it costs to ask a model so many times, and the limit that a request sets.
 *
 * @param passes forward passes for each
 * @param tokens of a pass
 */
record Calls(long count, int passes, int tokens) {
  private static final double SECONDS_OF_A_SERVER = 1;

  /** Of answers that are generated, token by token. */
  static Calls of(long count, int mostTokens) {
    return new Calls(count, mostTokens, 1);
  }

  /**
   * Refuses more than the limit.
   *
   * @param remedy what to do about it
   */
  void require(OptionalInt most, String remedy) {
    if (count > most.orElse(Integer.MAX_VALUE)) {
      throw LoupeException.resource(
          "this asks up to %d questions, and `maxCalls` is %d".formatted(count, most.orElse(0)),
          remedy);
    }
  }

  /**
   * Before anything is asked.
   *
   * @param work in words
   */
  Cost cost(Subject subject, String work) {
    boolean isLocal = subject.hasWeights();
    double each = isLocal ? subject.secondsOfAPass(tokens) * passes : SECONDS_OF_A_SERVER;
    return new Cost(
        count * each,
        Runtime.getRuntime().totalMemory(),
        0,
        work + (isLocal ? "" : "; a server is taken to need a second for each"));
  }
}
