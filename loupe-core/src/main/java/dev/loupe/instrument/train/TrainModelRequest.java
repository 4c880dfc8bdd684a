package dev.loupe.instrument.train;

import dev.loupe.corpus.Corpus;
import dev.loupe.corpus.CorpusPreparation.TokenizerSource;
import dev.loupe.corpus.PackedRows;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.training.AdamW;
import dev.loupe.model.training.Checkpoints;
import dev.loupe.model.training.Initialisation;
import dev.loupe.model.training.ModelFolder;
import dev.loupe.model.training.ModelShape;
import dev.loupe.model.training.Muon;
import dev.loupe.model.training.Schedule;
import dev.loupe.model.training.Start;
import dev.loupe.model.training.TrainingCost;
import dev.loupe.model.training.TrainingPlan.Cadence;
import dev.loupe.model.training.TrainingPlan.Execution;
import dev.loupe.model.training.TrainingPlan.Optimisation;
import dev.loupe.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Asks for a small GPT-2 model.
 *
 * @param texts that it learns from
 * @param out the folder of the training; one that holds checkpoints of this training is resumed
 * @param network its size, or the model it starts from
 * @param length of the training
 * @param optimiser how it learns
 * @param measuring what is measured and saved on the way
 * @param computing how a step is computed
 */
public record TrainModelRequest(
    Texts texts,
    Path out,
    Network network,
    Length length,
    Optimiser optimiser,
    Measuring measuring,
    Computing computing) {
  /**
   * What is read, and how it becomes rows of tokens.
   *
   * @param corpus a file of JSON lines, Parquet or text, or a folder of such files
   * @param heldOut share of documents, chosen by their ids, that nothing is learned from
   * @param strict whether the first broken record ends the work; otherwise it is passed over
   * @param order of the documents
   * @param tokenizer a {@code tokenizer.json} or the folder of one; trained on the corpus when
   *     empty
   * @param vocabulary of a tokenizer that is trained
   * @param besides texts that only such a tokenizer learns from
   */
  public record Texts(
      Path corpus,
      double heldOut,
      boolean strict,
      PackedRows.Order order,
      Optional<Path> tokenizer,
      int vocabulary,
      Optional<Path> besides) {
    /** A corpus in shuffled order, one document in two hundred held out. */
    public static Texts of(Path corpus) {
      return new Texts(
          corpus,
          0.005,
          false,
          PackedRows.Order.SHUFFLED,
          Optional.empty(),
          4096,
          Optional.empty());
    }

    TokenizerSource source(Optional<Path> from) {
      if (tokenizer.isEmpty()) {
        return from.<TokenizerSource>map(TokenizerSource.Copied::new)
            .orElseGet(() ->
                new TokenizerSource.Trained(
                    vocabulary, besides.map(more -> Corpus.open(more, strict))));
      }
      Path path = tokenizer.get();
      if (!Files.exists(path)) {
        throw LoupeException.badInput(
            path + ": does not exist", "Check the path of the tokenizer.");
      }
      Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
      if (folder == null || (!Files.isDirectory(path) && !path.endsWith("tokenizer.json"))) {
        throw LoupeException.badInput(
            path + ": is not a tokenizer.json",
            "Name a tokenizer.json, or the folder that has one.");
      }
      return new TokenizerSource.Copied(folder);
    }
  }

  /**
   * The network.
   *
   * @param from the folder or file of a model that training starts from, whose size it has then
   */
  public record Network(
      OptionalInt layers,
      OptionalInt width,
      OptionalInt heads,
      OptionalInt context,
      Optional<Path> from) {
    private static final int CONTEXT = 128;

    /** Four layers of width 192. */
    public static final Network DEFAULT =
        new Network(
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Optional.empty());

    /** Refuses sizes beside a model that has its own. */
    public Network {
      if (from.isPresent() && (layers.isPresent() || width.isPresent() || heads.isPresent())) {
        throw LoupeException.badInput(
            "`layers`, `width` and `heads` are fixed by the model of `from`", "Leave them out.");
      }
    }

    ModelShape shape(int vocabulary) {
      if (from.isEmpty()) {
        return new ModelShape(
            layers.orElse(4),
            width.orElse(192),
            heads.orElse(4),
            context.orElse(CONTEXT),
            vocabulary);
      }
      ModelShape shape = ModelFolder.shape(from.get());
      if (shape.vocabulary() < vocabulary) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "the tokenizer has %,d tokens, %s %,d",
                vocabulary,
                from.get(),
                shape.vocabulary()),
            "Use the model's own tokenizer.");
      }
      return shape;
    }

    int context(ModelShape shape) {
      return context.orElse(shape.context());
    }

    Start start(long seed) {
      return from.<Start>map(Start.FromModel::new)
          .orElseGet(() -> new Start.FromSeed(seed, Initialisation.DEFAULT));
    }
  }

  /**
   * How long: by the first of these that is given, else one pass.
   *
   * @param batch rows of a step
   */
  public record Length(OptionalInt steps, OptionalLong tokens, double passes, int batch) {
    /** One pass, 16 rows a step. */
    public static final Length DEFAULT =
        new Length(OptionalInt.empty(), OptionalLong.empty(), 1, 16);

    int steps(long rows, int context) {
      if (steps.isPresent()) {
        return steps.getAsInt();
      }
      double read = tokens.isPresent() ? (double) tokens.getAsLong() / context : passes * rows;
      return (int) Math.clamp(Math.ceil(read / batch), 1, Integer.MAX_VALUE);
    }
  }

  /**
   * The optimiser.
   *
   * @param muon whether the matrices in the blocks have Muon; all else has AdamW
   * @param learningRate AdamW's at its peak
   * @param muonLearningRate Muon's at its peak
   * @param weightDecay of matrices, multiplied by the learning rate
   * @param warmup share of steps over which the rates rise
   * @param flat share of steps after which they start to fall
   * @param finalRate the last rates, as a share of the peak
   * @param clip largest gradient norm
   */
  public record Optimiser(
      boolean muon,
      double learningRate,
      double muonLearningRate,
      double weightDecay,
      double warmup,
      double flat,
      Schedule.Decay decay,
      double finalRate,
      double clip) {
    /** What the command does unless it is told otherwise. */
    public static final Optimiser DEFAULT =
        new Optimiser(
            true,
            AdamW.DEFAULT.learningRate(),
            Muon.DEFAULT.learningRate(),
            AdamW.DEFAULT.weightDecay(),
            0.01,
            0,
            Schedule.Decay.COSINE,
            0.03,
            1);

    Optimisation optimisation(int steps) {
      AdamW usual = AdamW.DEFAULT;
      AdamW adam =
          new AdamW(
              learningRate,
              usual.beta1(),
              usual.beta2(),
              usual.epsilon(),
              weightDecay,
              usual.decayTables());
      Muon withMomentum = new Muon(muonLearningRate, Muon.DEFAULT.momentum(), weightDecay);
      int warmupSteps = (int) Math.round(warmup * steps);
      return new Optimisation(
          adam,
          muon ? Optional.of(withMomentum) : Optional.empty(),
          clip,
          new Schedule(warmupSteps, steps, flat, decay, finalRate));
    }
  }

  /**
   * What happens on the way.
   *
   * @param probes questions (task, split, prompt, answer) that are asked
   * @param probeQuestions of a task and split, at most
   * @param evaluateEvery steps between measurements; 20 in all when empty
   * @param checkpointEvery steps between saved states; 20 in all when empty
   * @param keep how many of the last saved states stay, beside the one of lowest held-out loss
   */
  public record Measuring(
      Optional<Path> probes,
      int probeQuestions,
      OptionalInt evaluateEvery,
      OptionalInt checkpointEvery,
      int keep) {
    private static final int TIMES = 20;

    /** The held-out loss alone. */
    public static final Measuring DEFAULT =
        new Measuring(
            Optional.empty(), 64, OptionalInt.empty(), OptionalInt.empty(), Checkpoints.KEPT);

    Cadence cadence(int steps) {
      int usual = Math.max(1, steps / TIMES);
      int evaluation = evaluateEvery.orElse(usual);
      return new Cadence(checkpointEvery.orElse(usual), evaluation, evaluation, keep);
    }
  }

  /**
   * How a step is computed; part of the result's bits.
   *
   * @param threads parts of a batch; one a core, at most its rows, when empty
   * @param products type of the matrix products; the faster one here when empty
   */
  public record Computing(OptionalInt threads, Optional<DType> products) {
    /** As the machine is. */
    public static final Computing DEFAULT = new Computing(OptionalInt.empty(), Optional.empty());

    Execution execution(int batch) {
      int parts = Math.min(Runtime.getRuntime().availableProcessors(), batch);
      return new Execution(
          batch, threads.orElse(parts), products.orElseGet(TrainingCost::fasterType));
    }
  }

  /** A model as the command trains it unless it is told otherwise. */
  public static TrainModelRequest of(Path corpus, Path out) {
    return new TrainModelRequest(
        Texts.of(corpus),
        out,
        Network.DEFAULT,
        Length.DEFAULT,
        Optimiser.DEFAULT,
        Measuring.DEFAULT,
        Computing.DEFAULT);
  }
}
