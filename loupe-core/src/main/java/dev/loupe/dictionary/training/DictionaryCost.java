package dev.loupe.dictionary.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.model.Transformer;
import dev.loupe.model.training.Metrics;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.time.Duration;
import java.util.Arrays;

/**
 * What a training will cost, from a few of its own steps and the filling of a small buffer.
 *
 * @param parameters how many numbers are learned
 * @param whole all steps and fillings
 * @param memoryBytes what the process held after the steps
 * @param diskBytes of the dictionaries and of the checkpoints that are kept at a time
 */
public record DictionaryCost(long parameters, Duration whole, long memoryBytes, long diskBytes) {
  private static final int TRIED = 3;

  /** Batches of the small buffer: those of the steps, and some to spare for positions left out. */
  private static final int BATCHES = 2 * (TRIED + 1);

  /** Two checkpoints and one being written, each with weights and two averages. */
  private static final int COPIES = 3 * 3;

  /**
   * Tries steps on the corpus itself; nothing is written. Activations that a cache already holds
   * are counted as if the model had to read them again.
   */
  public static DictionaryCost estimate(DictionaryPlan plan, Transformer model, TrainingRows rows) {
    long position = ActivationStream.bytesOfPosition(plan.layout());
    DictionaryPlan trial = plan.trial(position * BATCHES * plan.stream().batch());
    int rowsTried = ActivationStream.rowsOfBuffer(rows, plan.layout(), trial.stream());
    int rowsOfBuffer = ActivationStream.rowsOfBuffer(rows, plan.layout(), plan.stream());
    try (DictionaryTrainer trainer =
        new DictionaryTrainer(trial, model, rows, DictionaryListener.NONE)) {
      trainer.begin();
      double seconds = 0;
      if (plan.localSteps() > 0) {
        double first = seconds(trainer, 1);
        double each = middle(trainer, 2);
        // The first step filled the buffer.
        double reading = Math.max(0, first - each) / rowsTried;
        double used = (double) plan.localSteps() * plan.stream().batch();
        double kept = (double) trainer.positionsOfBuffer() / rowsTried;
        double fillings = Math.ceil(used / (kept * rowsOfBuffer));
        seconds += plan.localSteps() * each + fillings * rowsOfBuffer * reading;
      }
      if (plan.endToEnd().steps() > 0) {
        seconds += plan.endToEnd().steps() * middle(trainer, plan.localSteps() + 1);
      }
      long parameters =
          plan.sizes().stream().mapToLong(size -> plan.layout().parameters(size)).sum();
      long written = parameters * plan.result().dtype().bytes();
      return new DictionaryCost(
          parameters,
          Duration.ofMillis(Math.round(seconds * 1000)),
          Engine.residentBytes() + position * rows.context() * (rowsOfBuffer - rowsTried),
          written + COPIES * parameters * DType.F32.bytes());
    }
  }

  private static double middle(DictionaryTrainer trainer, int from) {
    double[] seconds = new double[TRIED];
    for (int i = 0; i < TRIED; i++) {
      seconds[i] = seconds(trainer, from + i);
    }
    Arrays.sort(seconds);
    return seconds[TRIED / 2];
  }

  private static double seconds(DictionaryTrainer trainer, int step) {
    long began = System.nanoTime();
    trainer.step(step, Metrics.line(step));
    return (System.nanoTime() - began) / 1e9;
  }
}
