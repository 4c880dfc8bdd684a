package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Ablation;
import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Ranking;
import dev.loupe.task.Task;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which circuit to look for.
 *
 * @param task what the model is to do
 * @param ablation what is put in the place of what is left out; empty for the twin's values where
 *     every pair has one, and else the mean
 * @param errors what becomes of what the features do not reconstruct; empty to ablate them too
 *     where the features are all of the stream, and else to keep them
 * @param ranking by what features are ranked
 * @param faithfulness what the circuit is to reach on the pairs that choose it
 * @param pairs at most so many pairs choose the circuit, and as many test it
 * @param draws how many random circuits it is compared with
 * @param other another task, whose circuit of the same size is tried on this one
 * @param neurons whether a circuit of the model's neurons is searched for beside it
 * @param heads whether a circuit of its attention heads and MLPs is
 * @param log file in which values are kept as they are measured, and found again by the same search
 */
public record CircuitRequest(
    Task task,
    Optional<Ablation> ablation,
    Optional<Errors> errors,
    Ranking ranking,
    double faithfulness,
    int pairs,
    int draws,
    Optional<Task> other,
    boolean neurons,
    boolean heads,
    Optional<Path> log) {
  /** What a circuit is to reach by default. */
  public static final double DEFAULT_FAITHFULNESS = 0.9;

  /** Pairs on each side by default. */
  public static final int DEFAULT_PAIRS = 24;

  /** Random circuits by default. */
  public static final int DEFAULT_DRAWS = 20;

  public CircuitRequest {
    if (!(faithfulness > 0 && faithfulness < 2)) {
      throw new IllegalArgumentException(
          "`faithfulness` " + faithfulness + " is not between 0 and 2");
    }
    if (pairs < 2) {
      throw new IllegalArgumentException("`pairs` " + pairs + " is not 2 or more");
    }
    if (draws < 1) {
      throw new IllegalArgumentException("`draws` " + draws + " is not 1 or more");
    }
  }

  /** The usual settings. */
  public static CircuitRequest of(Task task) {
    return new CircuitRequest(
        task,
        Optional.empty(),
        Optional.empty(),
        Ranking.MASK,
        DEFAULT_FAITHFULNESS,
        DEFAULT_PAIRS,
        DEFAULT_DRAWS,
        Optional.empty(),
        true,
        true,
        Optional.empty());
  }
}
