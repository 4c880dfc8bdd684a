package dev.loupe.instrument.audit;

import dev.loupe.audit.ConfidenceTarget;
import java.util.List;
import java.util.OptionalInt;

/**
 * What to ask.
 *
 * @param probes the questions
 * @param targets confidence targets that the instruction states, rising and above 0; the same
 *     questions are asked without one first
 * @param instruction states a target; {target}, {percent} and {points} (what a mistake costs) are
 *     filled in
 * @param system whether the instruction is a system message, rather than added to the question
 * @param samples answers to each question under each instruction
 * @param temperature of the samples
 * @param mostTokens of an answer
 * @param chat whether the model's chat template renders the question as a turn
 * @param stated whether the model is asked to state its confidence
 * @param maxCalls answers that may be asked for; empty for any number
 */
public record AskModelRequest(
    List<Probe> probes,
    List<Double> targets,
    String instruction,
    boolean system,
    int samples,
    double temperature,
    int mostTokens,
    boolean chat,
    boolean stated,
    OptionalInt maxCalls) {
  public AskModelRequest {
    probes = List.copyOf(probes);
    targets = List.copyOf(targets);
    double before = 0;
    for (double target : targets) {
      if (!(target > before && target < 1)) {
        throw new IllegalArgumentException("`targets` do not rise from above 0 to below 1");
      }
      before = target;
    }
    if (system && !chat) {
      throw new IllegalArgumentException("`system` belongs to a conversation (`chat`)");
    }
    if (probes.isEmpty()) {
      throw new IllegalArgumentException("`probes` is empty");
    }
    if (samples < 1 || mostTokens < 1 || maxCalls.orElse(1) < 1) {
      throw new IllegalArgumentException("`samples`, `mostTokens` and `maxCalls` are 1 or more");
    }
    if (!(temperature >= 0 && temperature <= 100)) {
      throw new IllegalArgumentException("`temperature` " + temperature + " is not from 0 to 100");
    }
  }

  /** The paper's targets, one sample at temperature 1, as a conversation. */
  public static AskModelRequest of(List<Probe> probes) {
    return new AskModelRequest(
        probes,
        ConfidenceTarget.USUAL,
        ConfidenceTarget.SENTENCE,
        false,
        1,
        1,
        64,
        true,
        false,
        OptionalInt.empty());
  }

  /** How many answers that makes. */
  public long calls() {
    return (long) probes.size() * samples * (targets.size() + 1);
  }
}
