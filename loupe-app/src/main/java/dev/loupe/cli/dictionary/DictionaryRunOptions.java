package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.instrument.dictionary.TrainRequest;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a training of dictionaries goes, how long it lasts, and where activations come from. */
final class DictionaryRunOptions {
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

  /** Where activations come from. */
  TrainRequest.Reading reading() {
    return new TrainRequest.Reading(
        tokens == null ? OptionalLong.empty() : OptionalLong.of(tokens),
        passes,
        batch,
        buffer,
        cache.map(ResultFolder::path));
  }

  /** Steps between saved states, if anyone says. */
  OptionalInt checkpointEvery() {
    return checkpointEvery == null ? OptionalInt.empty() : OptionalInt.of(checkpointEvery);
  }

  /** Type of the written matrices. */
  DType written() {
    return written.dtype();
  }
}
