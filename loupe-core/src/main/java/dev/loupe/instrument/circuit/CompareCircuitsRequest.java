package dev.loupe.instrument.circuit;

import dev.loupe.instrument.Subject;
import dev.loupe.task.Task;
import java.util.List;
import java.util.Optional;

/**
 * In which models to look for one task's circuit of heads and MLPs.
 *
 * @param task what the models are to do; every pair has its twin
 * @param others the models that the first is compared with, of the same tokens
 * @param features whether circuits of features are compared too, in the basis of each subject
 * @param control another task, whose circuit is matched beside it
 * @param faithfulness what each circuit is to reach on the pairs that choose it
 * @param pairs at most so many pairs choose, and as many test
 * @param draws how often texts are permuted, and random circuits drawn
 */
public record CompareCircuitsRequest(
    Task task,
    List<Subject> others,
    boolean features,
    Optional<Task> control,
    double faithfulness,
    int pairs,
    int draws) {
  /** Draws by default: p can fall to .01. */
  public static final int DEFAULT_DRAWS = 99;

  public CompareCircuitsRequest {
    others = List.copyOf(others);
    if (others.isEmpty()) {
      throw new IllegalArgumentException("`others` names no model");
    }
    if (!(faithfulness > 0 && faithfulness < 2)) {
      throw new IllegalArgumentException(
          "`faithfulness` " + faithfulness + " is not between 0 and 2");
    }
    if (pairs < 3) {
      throw new IllegalArgumentException("`pairs` " + pairs + " is not 3 or more");
    }
    if (draws < 1) {
      throw new IllegalArgumentException("`draws` " + draws + " is not 1 or more");
    }
  }

  /** The usual settings. */
  public static CompareCircuitsRequest of(Task task, List<Subject> others) {
    return new CompareCircuitsRequest(
        task,
        others,
        false,
        Optional.empty(),
        CircuitRequest.DEFAULT_FAITHFULNESS,
        CircuitRequest.DEFAULT_PAIRS,
        DEFAULT_DRAWS);
  }
}
