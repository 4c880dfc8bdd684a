package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.PackedRows;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.training.DictionaryPlan;
import dev.loupe.dictionary.training.DictionaryPlan.EndToEnd;
import dev.loupe.dictionary.training.DictionaryPlan.Optimisation;
import dev.loupe.dictionary.training.DictionaryPlan.Stream;
import dev.loupe.dictionary.training.Layout;
import dev.loupe.dictionary.training.Sparsity;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.model.Site;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.Schedule;
import dev.loupe.model.training.TrainingCost;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * Asks for dictionaries of the subject's model.
 *
 * @param texts that they learn from, and on whose held-out part they are measured
 * @param out the folder of the training; one that holds checkpoints of this training is resumed
 * @param shape what is trained
 * @param learning how
 * @param reading where activations come from
 * @param checkpointEvery steps between saved states; a fifth of all when empty
 * @param written type of the written matrices
 */
public record TrainRequest(
    DictionaryTexts texts,
    Path out,
    Shape shape,
    Learning learning,
    Reading reading,
    OptionalInt checkpointEvery,
    DType written) {
  private static final int CHECKPOINTS = 5;
  private static final long MOST_SILENCE = 10_000_000;
  private static final int SILENCE_SHARE = 20;

  /**
   * What is trained.
   *
   * @param features n_features a layer; with several numbers a dictionary each, in one pass
   * @param layers to train on; all when empty
   * @param site that is read; {@code resid_post} for an SAE, {@code mlp_in} else when empty
   * @param skip whether a per-layer transcoder has a linear way beside its features
   * @param sparsity what keeps features rare
   */
  public record Shape(
      Dictionary.Kind kind,
      List<Integer> features,
      List<Integer> layers,
      Optional<Site> site,
      boolean skip,
      Sparsity sparsity) {
    /**
     * Checks what the written format could not say, before an hour's work.
     *
     * @throws LoupeException for transcoders with TopK
     */
    public Shape {
      features = List.copyOf(features);
      layers = List.copyOf(layers);
      if (sparsity instanceof Sparsity.TopK && kind != Dictionary.Kind.SAE) {
        throw LoupeException.badInput(
            "the file formats of transcoders cannot express topk",
            "Choose batch-topk or jumprelu.");
      }
    }

    /** Every layer, 32 features active at a position on average. */
    public static Shape of(Dictionary.Kind kind, int features) {
      return new Shape(
          kind,
          List.of(features),
          List.of(),
          Optional.empty(),
          false,
          new Sparsity.BatchTopK(32, 1.0 / 32));
    }

    private Layout layout(LanguageModel model) {
      Site usual = kind == Dictionary.Kind.SAE ? Site.RESID_POST : Site.MLP_IN;
      List<Integer> wanted =
          layers.isEmpty()
              ? IntStream.range(0, model.transformer().config().layers()).boxed().toList()
              : layers.stream().sorted().distinct().toList();
      return Layout.of(model.transformer(), kind, site.orElse(usual), wanted, skip);
    }

    private String format() {
      return switch (kind) {
        case SAE -> "saelens";
        // The first names all layers.
        case TRANSCODER -> layers.isEmpty() ? "circuit-tracer-plt" : "saelens";
        case CROSS_LAYER_TRANSCODER -> "circuit-tracer-clt";
      };
    }
  }

  /**
   * How a gradient becomes a step.
   *
   * @param rate Adam's at its peak
   * @param warmup share of steps over which the rate rises
   * @param flat share of steps after which it falls to 0
   * @param deadAfter positions of silence after which a feature counts as dead; a twentieth of all,
   *     at most 10 million, when empty
   * @param endToEnd share of steps, at the end, that run the model with all MLPs replaced
   * @param errorWeight of each layer's reconstruction error in those steps
   * @param endToEndRate Adam's peak rate in those steps
   * @param endToEndEncoders whether those steps train encoders too
   * @param products type in which features are chosen; the faster one here when empty
   */
  public record Learning(
      double rate,
      double warmup,
      double flat,
      OptionalLong deadAfter,
      double endToEnd,
      double errorWeight,
      double endToEndRate,
      boolean endToEndEncoders,
      Optional<DType> products) {
    /** What the command does unless it is told otherwise. */
    public static final Learning DEFAULT =
        new Learning(1e-3, 0.02, 0.5, OptionalLong.empty(), 0, 1, 2e-4, false, Optional.empty());

    /** Checks the share of the last steps. */
    public Learning {
      if (!(endToEnd >= 0 && endToEnd < 1)) {
        throw LoupeException.badInput(
            "`endToEnd` is " + endToEnd, "It is a share of steps, from 0 to below 1.");
      }
    }

    private EndToEnd last(int steps) {
      return endToEnd == 0
          ? EndToEnd.NONE
          : new EndToEnd(
              (int) Math.min(steps - 1L, Math.round(endToEnd * steps)),
              errorWeight,
              endToEndRate,
              endToEndEncoders);
    }

    private Optimisation optimisation(int steps, int batch) {
      int local = steps - last(steps).steps();
      long silence = Math.min(MOST_SILENCE, (long) steps * batch / SILENCE_SHARE);
      int rising = (int) Math.min(local, Math.round(warmup * local));
      return new Optimisation(
          rate,
          0.9,
          0.999,
          new Schedule(rising, local, flat, Schedule.Decay.LINEAR, 0),
          deadAfter.orElse(Math.max(batch, silence)),
          products.orElseGet(TrainingCost::fasterType));
    }
  }

  /**
   * Where activations come from.
   *
   * @param tokens positions in all; the corpus {@code passes} times when empty
   * @param passes how often the corpus may be read
   * @param batch positions of a step
   * @param bufferBytes memory for activations, which are shuffled in it
   * @param cache a folder that keeps the activations for another training
   */
  public record Reading(
      OptionalLong tokens, double passes, int batch, long bufferBytes, Optional<Path> cache) {
    /** The whole corpus, once. */
    public static final Reading DEFAULT =
        new Reading(OptionalLong.empty(), 1, 2048, 512L << 20, Optional.empty());

    private int steps(long there) {
      return Math.toIntExact(Math.max(1, tokens.orElse((long) (there * passes)) / batch));
    }
  }

  /** Dictionaries of one size, as the command trains them unless it is told otherwise. */
  public static TrainRequest of(Path corpus, Path out, Dictionary.Kind kind, int features) {
    return new TrainRequest(
        DictionaryTexts.of(corpus),
        out,
        Shape.of(kind, features),
        Learning.DEFAULT,
        Reading.DEFAULT,
        OptionalInt.empty(),
        DType.F32);
  }

  /** The same, of so many positions in steps of so many. */
  public TrainRequest withPositions(long tokens, int batch) {
    return new TrainRequest(
        texts,
        out,
        shape,
        learning,
        new Reading(
            OptionalLong.of(tokens),
            reading.passes(),
            batch,
            reading.bufferBytes(),
            reading.cache()),
        checkpointEvery,
        written);
  }

  /** As the trainer takes it. */
  DictionaryPlan plan(Subject subject, Path folder, PackedRows rows, long seed) {
    LanguageModel model = subject.weights();
    int steps = reading.steps(rows.count() * rows.context());
    return new DictionaryPlan(
        folder,
        shape.layout(model),
        shape.features(),
        shape.sparsity(),
        learning.optimisation(steps, reading.batch()),
        new Stream(
            reading.batch(),
            reading.bufferBytes(),
            texts.leftOut(model),
            reading.cache(),
            reading.passes(),
            seed),
        learning.last(steps),
        checkpointEvery.orElse(Math.max(1, steps / CHECKPOINTS)),
        new DictionaryPlan.Result(model.name(), subject.sha256(), written, shape.format()));
  }
}
