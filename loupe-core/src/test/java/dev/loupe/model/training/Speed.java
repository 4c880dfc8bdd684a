package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.tensor.DType;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

final class Speed {
  private static long cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }

  public static void main(String[] a) {
    int layers = Integer.parseInt(a[0]);
    int width = Integer.parseInt(a[1]);
    DType dtype = DType.valueOf(a[2]);
    int parts = Integer.parseInt(a[3]);
    boolean muon = a[4].equals("muon");
    int steps = Integer.parseInt(a[5]);
    int vocabulary = a.length > 6 ? Integer.parseInt(a[6]) : 4096;
    ModelShape shape = new ModelShape(layers, width, 4, 128, vocabulary);
    TrainingRows rows =
        new TrainingRows() {
          @Override
          public long count() {
            return 10_000;
          }

          @Override
          public int context() {
            return 128;
          }

          @Override
          public void read(long row, int[] tokens, boolean[] counts) {
            Random random = new Random(row);
            int period = 3 + random.nextInt(5);
            for (int i = 0; i < tokens.length; i++) {
              tokens[i] = i < period ? random.nextInt(64) : tokens[i - period];
            }
            Arrays.fill(counts, true);
          }
        };
    Training state = new Training(shape, DType.F32, dtype, parts);
    Initialisation.DEFAULT.fill(state.weights(), 1);
    try (Stepper stepper =
        new Stepper(
            state,
            new TrainingPlan.Optimisation(
                AdamW.DEFAULT,
                muon ? Optional.of(Muon.DEFAULT) : Optional.empty(),
                1,
                Schedule.cosine(1, steps, 0.1)))) {
      stepper.narrowAll();
      long best = Long.MAX_VALUE;
      long[] times = new long[steps];
      long[] cpus = new long[steps];
      for (int step = 1; step <= steps; step++) {
        long t = System.nanoTime();
        long c = cpu();
        Stepper.Result r = stepper.step(rows, step, 16L * (step - 1), 16, Math.min(1, step / 20.0));
        times[step - 1] = System.nanoTime() - t;
        cpus[step - 1] = cpu() - c;
        best = Math.min(best, times[step - 1]);
        if (step % 20 == 0) {
          System.out.printf("  step %d loss %.4f norm %.3f%n", step, r.loss(), r.gradientNorm());
        }
      }
      try (var lines = java.nio.file.Files.lines(java.nio.file.Path.of("/proc/self/status"))) {
        lines
            .filter(l -> l.startsWith("VmHWM") || l.startsWith("VmRSS"))
            .forEach(System.out::println);
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      Arrays.sort(times);
      Arrays.sort(cpus);
      System.out.printf(
          "%dx%d %s parts %d %s: median %.0f tokens/s, best %.0f; by CPU time %.0f, best %.0f%n",
          layers,
          width,
          dtype,
          parts,
          a[4],
          2048e9 / times[steps / 2],
          2048e9 / best,
          2048e9 * parts / cpus[steps / 2],
          2048e9 * parts / cpus[0]);
    }
  }
}
