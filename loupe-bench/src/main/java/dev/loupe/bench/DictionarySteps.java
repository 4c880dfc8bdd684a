package dev.loupe.bench;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.dictionary.training.DictionaryListener;
import dev.loupe.dictionary.training.DictionaryPlan;
import dev.loupe.dictionary.training.DictionaryTrainer;
import dev.loupe.dictionary.training.Layout;
import dev.loupe.dictionary.training.Sparsity;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.training.Schedule;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Steps of a cross-layer transcoder on the activations of a model, one JSON line; see
 * dictionary-vs-torch.sh.
 */
public final class DictionarySteps {
  private static final int CONTEXT = 128;
  private static final int WARM_UP = 2;
  private static final long WHOLE_CORPUS = 1L << 40;

  private DictionarySteps() {}

  /** Token t of row r is a hash of 129 · r + t. */
  private record HashedRows(long count, int context, int vocabulary) implements TrainingRows {
    @Override
    public void read(long row, int[] tokens, boolean[] counts) {
      for (int t = 0; t < tokens.length; t++) {
        long hash = (row * (context + 1) + t) * 2654435761L % (1L << 32);
        tokens[t] = (int) ((hash * vocabulary) >> 32);
      }
      Arrays.fill(counts, true);
    }
  }

  /** Ends a run before anything is saved. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class Times implements DictionaryListener {
    private final List<Double> losses = new ArrayList<>();
    private final List<Double> seconds = new ArrayList<>();
    private final List<Double> cpu = new ArrayList<>();
    private long last = System.nanoTime();
    private double lastCpu = cpuSeconds();

    @Override
    public void step(Step step) {
      long now = System.nanoTime();
      double used = cpuSeconds();
      seconds.add((now - last) / 1e9);
      cpu.add(used - lastCpu);
      losses.add(step.unexplained());
      last = now;
      lastCpu = used;
      if (step.step() == step.steps()) {
        throw new Enough();
      }
    }

    private static double cpuSeconds() {
      return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private static double median(List<Double> values) {
      double[] measured = values.stream().skip(WARM_UP).mapToDouble(value -> value).toArray();
      Arrays.sort(measured);
      return measured[measured.length / 2];
    }
  }

  /**
   * Arguments: the model's folder, a folder that takes the activations, a folder to write,
   * features, k, positions of a step, steps, threads, float32 or bfloat16.
   */
  public static void main(String[] arguments) throws IOException {
    int features = Integer.parseInt(arguments[3]);
    int k = Integer.parseInt(arguments[4]);
    int batch = Integer.parseInt(arguments[5]);
    int steps = Integer.parseInt(arguments[6]);
    Engine.useThreads(Integer.parseInt(arguments[7]));
    try (Transformer model = ModelLoader.transformer(Path.of(arguments[0]), LoadOptions.DEFAULT)) {
      List<Integer> layers = IntStream.range(0, model.config().layers()).boxed().toList();
      Layout layout =
          Layout.of(model, Dictionary.Kind.CROSS_LAYER_TRANSCODER, Site.MLP_IN, layers, false);
      DictionaryPlan plan =
          new DictionaryPlan(
              Path.of(arguments[2]),
              layout,
              List.of(features),
              new Sparsity.BatchTopK(k, 0),
              new DictionaryPlan.Optimisation(
                  1e-3,
                  0.9,
                  0.999,
                  new Schedule(0, steps, 1, Schedule.Decay.LINEAR, 1),
                  Long.MAX_VALUE,
                  arguments[8].equals("bfloat16") ? DType.BF16 : DType.F32),
              new DictionaryPlan.Stream(
                  batch, WHOLE_CORPUS, LeftOut.NONE, Optional.of(Path.of(arguments[1])), 1, 0),
              DictionaryPlan.EndToEnd.NONE,
              0,
              new DictionaryPlan.Result("random", "none", DType.F32, "circuit-tracer-clt"));
      Times times = new Times();
      long rows = (long) steps * batch / CONTEXT;
      try {
        DictionaryTrainer.run(
            plan, model, new HashedRows(rows, CONTEXT, model.config().vocabulary()), times);
      } catch (Enough _) {
        System.out.printf(
            Locale.ROOT,
            "{\"engine\": \"loupe\", \"seconds\": %.4f, \"cpu\": %.4f, \"peak\": %d,"
                + " \"activations\": %d, \"state\": %d, \"losses\": %s}%n",
            Times.median(times.seconds),
            Times.median(times.cpu),
            TraceSweep.peakResident(),
            2L * layers.size() * layout.width() * rows * CONTEXT * Float.BYTES,
            3 * layout.parameters(features) * Float.BYTES,
            times.losses);
      }
    }
  }
}
