package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a training will cost, from a few of its own steps. Probes are not in it.
 *
 * @param parameters how many numbers are learned
 * @param tokens positions that will be read
 * @param secondsPerStep the median of the steps that were tried
 * @param evaluation all evaluations together, from one batch
 * @param whole all steps and evaluations
 * @param memoryBytes what the process held after the steps
 * @param diskBytes of the model and of the checkpoints that are kept at a time
 */
public record TrainingCost(
    long parameters,
    long tokens,
    double secondsPerStep,
    Duration evaluation,
    Duration whole,
    long memoryBytes,
    long diskBytes) {
  private static final int WARM_UP = 2;
  private static final int TRIED = 5;

  /**
   * A model, two checkpoints, the best and one being written: each checkpoint three times as large.
   */
  private static final int COPIES = 1 + 4 * 3;

  /** Tries a few steps on the corpus itself; nothing is written. */
  public static TrainingCost estimate(
      TrainingPlan plan, TrainingRows rows, Optional<TrainingRows> held) {
    plan.requireSuits(rows);
    int threads = plan.execution().threads();
    try (Training state = new Training(plan.shape(), DType.F32, plan.execution().dtype(), threads);
        Stepper stepper = new Stepper(state, plan.optimisation())) {
      Trainer.fill(state.weights(), plan);
      stepper.narrowAll();
      double[] seconds = new double[TRIED];
      int batch = plan.execution().batch();
      for (int step = 1; step <= WARM_UP + TRIED; step++) {
        long began = System.nanoTime();
        stepper.step(rows, step, (long) (step - 1) * batch, batch, 0);
        if (step > WARM_UP) {
          seconds[step - WARM_UP - 1] = (System.nanoTime() - began) / 1e9;
        }
      }
      Arrays.sort(seconds);
      double perStep = seconds[TRIED / 2];
      double evaluating = held.map(some -> evaluations(plan, stepper, some)).orElse(0.0);
      return new TrainingCost(
          plan.shape().parameters(),
          plan.steps() * plan.tokensPerStep(rows),
          perStep,
          ofSeconds(evaluating),
          ofSeconds(plan.steps() * perStep + evaluating),
          Engine.residentBytes(),
          COPIES * plan.shape().parameters() * DType.F32.bytes());
    }
  }

  private static double evaluations(TrainingPlan plan, Stepper stepper, TrainingRows held) {
    int every = plan.cadence().evaluation();
    int times = 1 + (every == 0 ? 0 : (plan.steps() - 1) / every);
    int batch = plan.execution().batch();
    long began = System.nanoTime();
    stepper.evaluate(new FirstRows(held, batch), batch);
    return times * (System.nanoTime() - began) / 1e9 * held.count() / Math.min(held.count(), batch);
  }

  private record FirstRows(TrainingRows all, long most) implements TrainingRows {
    @Override
    public long count() {
      return Math.min(most, all.count());
    }

    @Override
    public int context() {
      return all.context();
    }

    @Override
    public void read(long row, int[] tokens, boolean[] counts) {
      all.read(row, tokens, counts);
    }
  }

  private static Duration ofSeconds(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  /**
   * The type in which this machine computes matrix products faster: BF16 where its processor has
   * instructions for it, 2 to 3 times as fast there; elsewhere it is slower. Never measured here: a
   * training that resumes on a busy machine must choose what it chose before.
   */
  public static DType fasterType() {
    return Engine.multipliesBfloat16() ? DType.BF16 : DType.F32;
  }
}
