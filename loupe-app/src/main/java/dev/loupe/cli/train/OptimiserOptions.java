package dev.loupe.cli.train;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.instrument.train.TrainModelRequest;
import dev.loupe.model.training.AdamW;
import dev.loupe.model.training.Muon;
import dev.loupe.model.training.Schedule;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How long training lasts, and the optimiser. */
final class OptimiserOptions {
  /** Which optimiser has the block matrices. */
  enum Kind {
    MUON,
    ADAMW;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One of three ways to say how long. */
  static final class Length {
    @Option(
        names = "--steps",
        paramLabel = "COUNT",
        order = 30,
        converter = OptionConverters.Count.class,
        description = "Train for this many steps.")
    private @Nullable Integer steps;

    @Option(
        names = "--tokens",
        paramLabel = "COUNT",
        order = 31,
        converter = OptionConverters.Amount.class,
        description = "Train for this many tokens, for example 15M.")
    private @Nullable Long tokens;

    @Option(
        names = "--passes",
        paramLabel = "NUMBER",
        order = 32,
        converter = OptionConverters.Positive.class,
        description = "Train for this many passes over the corpus (default: 1).")
    private @Nullable Double passes;
  }

  @ArgGroup private Length length = new Length();

  @Option(
      names = "--batch",
      paramLabel = "ROWS",
      order = 33,
      converter = OptionConverters.Count.class,
      description = "Rows per step (default: ${DEFAULT-VALUE}).")
  private int batch = 16;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      order = 34,
      description =
          "Optimiser of the matrices in the blocks: ${COMPLETION-CANDIDATES}; all other parameters use"
              + " AdamW (default: ${DEFAULT-VALUE}).")
  private Kind kind = Kind.MUON;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      order = 35,
      converter = OptionConverters.Positive.class,
      description = "AdamW's peak learning rate (default: ${DEFAULT-VALUE}).")
  private double learningRate = AdamW.DEFAULT.learningRate();

  @Option(
      names = "--muon-learning-rate",
      paramLabel = "RATE",
      order = 36,
      converter = OptionConverters.Positive.class,
      description = "Muon's peak learning rate (default: ${DEFAULT-VALUE}).")
  private double muonLearningRate = Muon.DEFAULT.learningRate();

  @Option(
      names = "--weight-decay",
      paramLabel = "RATE",
      order = 37,
      description =
          "Weight decay of matrices, multiplied by the learning rate (default: ${DEFAULT-VALUE}).")
  private double weightDecay = AdamW.DEFAULT.weightDecay();

  @Option(
      names = "--warmup",
      paramLabel = "SHARE",
      order = 38,
      description =
          "Share of steps over which the learning rates rise (default: ${DEFAULT-VALUE}).")
  private double warmup = 0.01;

  @Option(
      names = "--flat",
      paramLabel = "SHARE",
      order = 39,
      description =
          "Share of steps after which the learning rates start to fall (default: ${DEFAULT-VALUE}).")
  private double flat;

  @Option(
      names = "--decay",
      paramLabel = "SHAPE",
      order = 40,
      description = "Shape of the decay: cosine or linear (default: cosine).")
  private Schedule.Decay decay = Schedule.Decay.COSINE;

  @Option(
      names = "--final-rate",
      paramLabel = "SHARE",
      order = 41,
      description = "Final learning rates, as a share of the peak (default: ${DEFAULT-VALUE}).")
  private double finalRate = 0.03;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      order = 42,
      converter = OptionConverters.Positive.class,
      description = "Clip gradients to this norm (default: ${DEFAULT-VALUE}).")
  private double clip = 1;

  /** How long, as the library takes it. */
  TrainModelRequest.Length length() {
    return new TrainModelRequest.Length(
        NetworkOptions.number(length.steps),
        length.tokens == null ? OptionalLong.empty() : OptionalLong.of(length.tokens),
        length.passes == null ? 1 : length.passes,
        batch);
  }

  /** As the library takes it. */
  TrainModelRequest.Optimiser optimiser() {
    return new TrainModelRequest.Optimiser(
        kind == Kind.MUON,
        learningRate,
        muonLearningRate,
        weightDecay,
        warmup,
        flat,
        decay,
        finalRate,
        clip);
  }
}
