package dev.loupe.bench;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.model.training.AdamW;
import dev.loupe.model.training.ModelFolder;
import dev.loupe.model.training.ModelShape;
import dev.loupe.model.training.Muon;
import dev.loupe.model.training.Schedule;
import dev.loupe.model.training.Start;
import dev.loupe.model.training.Trainer;
import dev.loupe.model.training.TrainingListener;
import dev.loupe.model.training.TrainingPlan;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Training steps from given weights, one JSON line; see train-vs-torch.sh. */
public final class TrainSteps {
  private static final int ROWS = 16;
  private static final int CONTEXT = 128;
  private static final int WARM_UP = 5;

  private TrainSteps() {}

  /** Token t of row r is a hash of 129 · r + t, as in peer/train_gpt2.py. */
  private record HashedRows(long count, int context) implements TrainingRows {
    @Override
    public void read(long row, int[] tokens, boolean[] counts) {
      for (int t = 0; t < tokens.length; t++) {
        tokens[t] = (int) (((row * (context + 1) + t) * 2654435761L % (1L << 32)) >> 20);
      }
      Arrays.fill(counts, true);
    }
  }

  private static final class Times implements TrainingListener {
    private final double[] seconds;
    private double loss;
    private double cpuAfterWarmUp;
    private double cpu;

    private Times(int steps) {
      seconds = new double[steps];
    }

    @Override
    public void step(Step step) {
      seconds[step.step() - 1] = ROWS * CONTEXT / step.tokensPerSecond();
      loss = step.loss();
      if (step.step() == WARM_UP) {
        cpuAfterWarmUp = cpuSeconds();
      } else if (step.step() == step.steps()) {
        cpu = (cpuSeconds() - cpuAfterWarmUp) / (step.steps() - WARM_UP);
      }
    }

    private static double cpuSeconds() {
      return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private double median() {
      double[] measured = Arrays.copyOfRange(seconds, WARM_UP, seconds.length);
      Arrays.sort(measured);
      return measured[measured.length / 2];
    }
  }

  /** Arguments: the start's folder, a folder to write, dtype, muon or adamw, threads, steps. */
  public static void main(String[] arguments) {
    Path start = Path.of(arguments[0]);
    boolean muon = arguments[3].equals("muon");
    int threads = Integer.parseInt(arguments[4]);
    int steps = Integer.parseInt(arguments[5]);
    Engine.useThreads(1);
    ModelShape shape = ModelFolder.shape(start);
    TrainingPlan plan =
        new TrainingPlan(
            Path.of(arguments[1]),
            shape,
            new Start.FromModel(start),
            new TrainingPlan.Optimisation(
                AdamW.DEFAULT,
                muon ? Optional.of(Muon.DEFAULT) : Optional.empty(),
                1,
                new Schedule(0, steps, 1, Schedule.Decay.LINEAR, 1)),
            new TrainingPlan.Execution(
                ROWS, threads, arguments[2].equals("bfloat16") ? DType.BF16 : DType.F32),
            new TrainingPlan.Cadence(0, 0, 0, 1),
            OptionalInt.empty());
    Times times = new Times(steps);
    Trainer.run(plan, new HashedRows(1 << 20, CONTEXT), Optional.empty(), List.of(), times);
    System.out.printf(
        Locale.ROOT,
        "{\"engine\": \"loupe\", \"model\": \"%dx%d\", \"dtype\": \"%s\","
            + " \"optimizer\": \"%s\", \"seconds\": %.5f, \"cpu\": %.5f, \"loss\": %.5f}%n",
        shape.layers(),
        shape.width(),
        arguments[2],
        arguments[3],
        times.median(),
        times.cpu,
        times.loss);
  }
}
