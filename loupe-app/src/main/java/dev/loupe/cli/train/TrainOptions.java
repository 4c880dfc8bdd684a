package dev.loupe.cli.train;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.instrument.train.TrainModelRequest.Computing;
import dev.loupe.instrument.train.TrainModelRequest.Measuring;
import dev.loupe.model.training.Checkpoints;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a training goes, what is measured on the way, and how it is computed. */
final class TrainOptions {
  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      converter = OptionConverters.OutputFolder.class,
      order = 1,
      required = true,
      description =
          "Output folder. If it holds checkpoints of this training, the run resumes from them.")
  private ResultFolder out = new ResultFolder(Path.of(""));

  @Option(names = "--estimate", order = 2, description = "Estimate time and memory, and stop.")
  private boolean estimate;

  @Option(
      names = "--probes",
      paramLabel = "FILE",
      order = 50,
      description =
          "Evaluate on the questions of this .jsonl file (task, split, prompt, answer) during"
              + " training.")
  private Optional<Path> probes = Optional.empty();

  @Option(
      names = "--probe-questions",
      paramLabel = "COUNT",
      order = 51,
      converter = OptionConverters.Count.class,
      description =
          "Ask at most this many questions of each task and split (default: ${DEFAULT-VALUE}).")
  private int probeQuestions = 64;

  @Option(
      names = "--evaluate-every",
      paramLabel = "STEPS",
      order = 52,
      converter = OptionConverters.Count.class,
      description =
          "Evaluate held-out loss and probes every STEPS steps (default: 20 times in all).")
  private @Nullable Integer evaluateEvery;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      order = 53,
      converter = OptionConverters.Count.class,
      description = "Save a checkpoint every STEPS steps (default: 20 times in all).")
  private @Nullable Integer checkpointEvery;

  @Option(
      names = "--keep",
      paramLabel = "COUNT",
      order = 54,
      converter = OptionConverters.Count.class,
      description =
          "Keep this many of the last checkpoints, beside the one of lowest held-out loss (default:"
              + " ${DEFAULT-VALUE}).")
  private int keep = Checkpoints.KEPT;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      order = 800,
      description =
          "Seed of the initial weights, the order of rows and the sample of questions (default:"
              + " ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      order = 801,
      converter = OptionConverters.Count.class,
      description =
          "Split each batch over this many threads (default: one per core, at most the rows of a"
              + " step).")
  private @Nullable Integer threads;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      order = 802,
      description =
          "Type of the matrix products: ${COMPLETION-CANDIDATES} (default: bfloat16 where the"
              + " processor has instructions for it).")
  private EngineOptions.@Nullable Precision precision;

  /** The folder of the training. */
  Path out() {
    return out.path();
  }

  /** Whether only the cost is asked for. */
  boolean estimate() {
    return estimate;
  }

  /** Seed of everything random. */
  long seed() {
    return seed;
  }

  /** What is measured and saved on the way. */
  Measuring measuring() {
    return new Measuring(
        probes,
        probeQuestions,
        NetworkOptions.number(evaluateEvery),
        NetworkOptions.number(checkpointEvery),
        keep);
  }

  /** How a step is computed. */
  Computing computing() {
    return new Computing(
        NetworkOptions.number(threads),
        Optional.ofNullable(precision).map(EngineOptions.Precision::dtype));
  }
}
