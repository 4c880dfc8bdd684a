package dev.loupe.cli.train;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.instrument.train.TrainModelRequest.Network;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The network that is trained: its size, or the model it starts from. */
final class NetworkOptions {
  @Option(
      names = "--layers",
      paramLabel = "COUNT",
      order = 20,
      converter = OptionConverters.Count.class,
      description = "Number of blocks (layers) of the GPT-2 network (default: 4).")
  private @Nullable Integer layers;

  @Option(
      names = "--width",
      paramLabel = "COUNT",
      order = 21,
      converter = OptionConverters.Count.class,
      description = "Width of the residual stream (default: 192).")
  private @Nullable Integer width;

  @Option(
      names = "--heads",
      paramLabel = "COUNT",
      order = 22,
      converter = OptionConverters.Count.class,
      description = "Number of attention heads per block (default: 4).")
  private @Nullable Integer heads;

  @Option(
      names = "--context",
      paramLabel = "COUNT",
      order = 23,
      converter = OptionConverters.Count.class,
      description = "Context length in tokens (default: 128; with --from, that of the model).")
  private @Nullable Integer context;

  @Option(
      names = "--from",
      paramLabel = "MODEL",
      order = 24,
      description = "Continue training a GPT-2 model (a name or a folder), with its tokenizer.")
  private Optional<String> from = Optional.empty();

  /** The model to start from, as it was named. */
  Optional<String> from() {
    return from;
  }

  /**
   * As the library takes them.
   *
   * @param model where the model to start from lies, if there is one
   */
  Network network(Optional<Path> model) {
    return new Network(number(layers), number(width), number(heads), number(context), model);
  }

  static OptionalInt number(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
