package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.dictionary.training.DictionaryPlan.Stream;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a training of dictionaries goes, how long it lasts, and where activations come from. */
public final class DictionaryRunOptions {
  private static final int TIMES = 5;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      converter = OptionConverters.OutputFolder.class,
      order = 2,
      required = true,
      description =
          "Output folder. If it holds checkpoints of this training, the run resumes from them.")
  private ResultFolder out = new ResultFolder(Path.of(""));

  @Option(
      names = "--estimate",
      order = 3,
      description = "Estimate the time and memory of the training, and stop.")
  private boolean estimate;

  @Option(
      names = "--tokens",
      paramLabel = "COUNT",
      order = 30,
      converter = OptionConverters.Amount.class,
      description =
          "Train on this many positions, for example 3M (default: the whole corpus, once).")
  private @Nullable Long tokens;

  @Option(
      names = "--passes",
      paramLabel = "NUMBER",
      order = 31,
      converter = OptionConverters.Positive.class,
      description = "Read the corpus at most this many times (default: ${DEFAULT-VALUE}).")
  private double passes = 1;

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      order = 33,
      converter = OptionConverters.Count.class,
      description = "Positions per step (default: ${DEFAULT-VALUE}).")
  private int batch = 2048;

  @Option(
      names = "--buffer",
      paramLabel = "MEMORY",
      order = 50,
      converter = OptionConverters.Memory.class,
      description = "Memory for the buffer in which activations are shuffled (default: 512MiB).")
  private long buffer = 512L << 20;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      converter = OptionConverters.OutputFolder.class,
      order = 51,
      description =
          "Cache activations in this folder, so that other trainings on the same corpus reuse"
              + " them.")
  private Optional<ResultFolder> cache = Optional.empty();

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      order = 53,
      converter = OptionConverters.Count.class,
      description = "Save a checkpoint every STEPS steps (default: 5 times in all).")
  private @Nullable Integer checkpointEvery;

  @Option(
      names = "--written",
      paramLabel = "TYPE",
      order = 54,
      description =
          "Type of the written weight matrices: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private EngineOptions.Precision written = EngineOptions.Precision.FLOAT32;

  /** The folder of the training. */
  Path out() {
    return out.path();
  }

  /** Whether only the cost is asked for. */
  boolean estimate() {
    return estimate;
  }

  /** Positions of a step. */
  int batch() {
    return batch;
  }

  /**
   * How many steps.
   *
   * @param there positions of the corpus
   */
  int steps(long there) {
    long wanted = tokens == null ? (long) (there * passes) : tokens;
    return Math.toIntExact(Math.max(1, wanted / batch));
  }

  /** Steps between saved states. */
  int checkpointEvery(int steps) {
    return checkpointEvery == null ? Math.max(1, steps / TIMES) : checkpointEvery;
  }

  /**
   * Where activations come from.
   *
   * @param leftOut positions from which nothing is learned
   */
  Stream stream(LeftOut leftOut, long seed) {
    return new Stream(batch, buffer, leftOut, cache.map(ResultFolder::path), passes, seed);
  }

  /** Type of the written matrices. */
  DType written() {
    return written.dtype();
  }
}
