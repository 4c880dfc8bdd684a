package dev.loupe.cli.train;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.training.Initialisation;
import dev.loupe.model.training.ModelFolder;
import dev.loupe.model.training.ModelShape;
import dev.loupe.model.training.Start;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The network that is trained: its size, or the model it starts from. */
public final class NetworkOptions {
  private static final int DEFAULT_CONTEXT = 128;

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
   * Checks what no single option can, before any work is done.
   *
   * @throws LoupeException if a size is given beside a model that has its own
   */
  void check() {
    if (from.isPresent() && (layers != null || width != null || heads != null)) {
      throw LoupeException.badInput(
          "--layers, --width and --heads are fixed by the model of --from", "Leave them out.");
    }
  }

  /**
   * The network's size.
   *
   * @param model the folder of the model to start from, if there is one
   * @throws LoupeException if sizes make no network, or the vocabulary is larger than the model's
   */
  ModelShape shape(Optional<Path> model, int vocabulary) {
    if (model.isEmpty()) {
      return new ModelShape(
          or(layers, 4), or(width, 192), or(heads, 4), or(context, DEFAULT_CONTEXT), vocabulary);
    }
    ModelShape shape = ModelFolder.shape(model.get());
    if (shape.vocabulary() < vocabulary) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the tokenizer has %,d tokens, %s %,d",
              vocabulary,
              from.orElse(""),
              shape.vocabulary()),
          "Use the model's own tokenizer.");
    }
    return shape;
  }

  /** Positions of a row. */
  int context(ModelShape shape) {
    return or(context, shape.context());
  }

  /** The first weights. */
  static Start start(Optional<Path> model, long seed) {
    return model
        .<Start>map(Start.FromModel::new)
        .orElseGet(() -> new Start.FromSeed(seed, Initialisation.DEFAULT));
  }

  private static int or(@Nullable Integer value, int other) {
    return value == null ? other : value;
  }
}
