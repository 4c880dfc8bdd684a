package dev.loupe.dictionary.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.training.Schedule;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * A whole training of dictionaries, before it begins.
 *
 * @param folder where the dictionaries, their checkpoints and {@code metrics.jsonl} go
 * @param layout where features read and write
 * @param sizes n_features of a layer, one dictionary each, all trained on the same batches
 * @param sparsity the sparsity of features
 * @param optimisation the optimiser
 * @param stream where activations come from
 * @param endToEnd the last steps, whose loss is that of the replaced model
 * @param checkpointEvery steps between saved states; 0 for the end only
 * @param result what is written
 */
public record DictionaryPlan(
    Path folder,
    Layout layout,
    List<Integer> sizes,
    Sparsity sparsity,
    Optimisation optimisation,
    Stream stream,
    EndToEnd endToEnd,
    int checkpointEvery,
    Result result) {

  /**
   * Checks the settings.
   *
   * @throws LoupeException if a size is not positive or given twice, or end-to-end steps are asked
   *     for a dictionary that replaces no MLP, or together with positions left out
   */
  public DictionaryPlan {
    sizes = List.copyOf(sizes);
    if (sizes.isEmpty() || sizes.stream().anyMatch(size -> size < 1)) {
      throw LoupeException.badInput(
          "dictionaries of " + sizes + " features", "Each must have at least one.");
    }
    if (Set.copyOf(sizes).size() < sizes.size()) {
      throw LoupeException.badInput("the sizes " + sizes + " repeat", "Name each size once.");
    }
    if (endToEnd.steps() > 0 && layout.targets().equals(layout.reads())) {
      throw LoupeException.badInput(
          "end-to-end steps for an SAE", "They are for transcoders, which replace the MLPs.");
    }
    if (endToEnd.steps() > 0 && !stream.leftOut().equals(LeftOut.NONE)) {
      throw LoupeException.badInput(
          "end-to-end steps that leave out positions",
          "They replace the MLPs at every position: leave out no positions, or make no such steps.");
    }
  }

  /**
   * The optimiser.
   *
   * @param rate Adam's at its peak
   * @param beta1 what the gradient's average keeps each step
   * @param beta2 what its square's average keeps
   * @param schedule of the rate; as many steps as it has are made before those end to end
   * @param deadAfter positions without activation after which a feature counts as dead
   * @param products type of the products that select features: F32, or BF16 where it is faster
   */
  public record Optimisation(
      double rate, double beta1, double beta2, Schedule schedule, long deadAfter, DType products) {
    static final double EPSILON = 1e-8;

    /** Checks the settings. */
    public Optimisation {
      if (!(rate > 0 && beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1) || deadAfter < 1) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "learning rate %s, beta1 %s, beta2 %s, dead after %,d positions",
                rate,
                beta1,
                beta2,
                deadAfter),
            "Rate and positions must be above 0, the betas at least 0 and below 1.");
      }
    }
  }

  /**
   * Where activations come from.
   *
   * @param batch positions of a step
   * @param bufferBytes memory for activations, which are shuffled in it
   * @param leftOut positions that are not trained on
   * @param cache a folder that keeps the activations for another training
   * @param passes how often the corpus may be read
   * @param seed of the order and of the initial weights
   */
  public record Stream(
      int batch,
      long bufferBytes,
      LeftOut leftOut,
      Optional<Path> cache,
      double passes,
      long seed) {
    /** Checks the settings. */
    public Stream {
      if (batch < 1 || bufferBytes < 1 || !(passes > 0)) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "a batch of %,d positions, a buffer of %,d bytes, %s passes",
                batch,
                bufferBytes,
                passes),
            "All must be above 0.");
      }
    }
  }

  /**
   * Steps in which all MLPs are replaced at once and the loss is the divergence of the model's next
   * tokens from the replacement's, {@code KL(model ‖ replacement)} per position, in nats.
   *
   * @param steps how many, at the end of the training
   * @param errorWeight on the loss of the other steps, which keeps features at their layers
   * @param rate of Adam at its peak; it rises for a twentieth of these steps and falls to 0
   * @param encoders whether encoders are trained in them too; otherwise only decoders and output
   *     biases are, and the features stay those of the other steps
   */
  public record EndToEnd(int steps, double errorWeight, double rate, boolean encoders) {
    /** None. */
    public static final EndToEnd NONE = new EndToEnd(0, 0, 1, false);

    private static final double WARM_UP = 0.05;

    /** Checks the ranges. */
    public EndToEnd {
      if (!(errorWeight >= 0 && rate > 0 && steps >= 0)) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "%,d steps end to end with error weight %s and rate %s",
                steps,
                errorWeight,
                rate),
            "Steps and weight must not be negative, the rate above 0.");
      }
    }

    private double rate(int step) {
      double rising = Math.min(1, step / Math.max(1, WARM_UP * steps));
      return rate * rising * (steps + 1 - step) / steps;
    }
  }

  /**
   * What is written.
   *
   * @param modelName of the model that is explained
   * @param modelSha256 of its weights
   * @param dtype F32 or BF16, of the large matrices
   * @param format one of {@code DictionaryFiles.formats()}
   */
  public record Result(String modelName, String modelSha256, DType dtype, String format) {}

  /** How many steps are made. */
  public int steps() {
    return localSteps() + endToEnd.steps();
  }

  /** How many of them read shuffled activations. */
  public int localSteps() {
    return optimisation.schedule().totalSteps();
  }

  /**
   * How the weights change in a step. Gradients of the two kinds of steps differ in size by
   * thousands, so rate and averages are reset for the end-to-end steps.
   */
  AdamStep adam(int step) {
    Optimisation o = optimisation;
    int since = step - localSteps();
    boolean local = since <= 0;
    double rate = local ? o.rate() * o.schedule().factor(step) : endToEnd.rate(since);
    return new AdamStep(rate, o.beta1(), o.beta2(), Optimisation.EPSILON, local ? step : since);
  }

  /** The same with a smaller buffer and no cache, to try a few steps. */
  DictionaryPlan trial(long bufferBytes) {
    Stream small =
        new Stream(
            stream.batch(),
            Math.min(bufferBytes, stream.bufferBytes()),
            stream.leftOut(),
            Optional.empty(),
            stream.passes(),
            stream.seed());
    return new DictionaryPlan(
        folder, layout, sizes, sparsity, optimisation, small, endToEnd, checkpointEvery, result);
  }

  /** Where a dictionary is written. */
  public Path folder(int features) {
    return folder.resolve("features-" + features);
  }

  /** Everything on which the weights' bits depend, by name. */
  public SequencedMap<String, String> fingerprint(TrainingRows rows) {
    SequencedMap<String, String> settings = new LinkedHashMap<>();
    settings.put("model", result.modelSha256());
    settings.put("kind", layout.kind().toString());
    settings.put("reads", layout.reads().toString());
    settings.put("skip", Boolean.toString(layout.skip()));
    settings.put("features", sizes.toString());
    settings.put("sparsity", sparsity.toString());
    settings.put("learning rate", Double.toString(optimisation.rate()));
    settings.put("betas", optimisation.beta1() + ", " + optimisation.beta2());
    settings.put("schedule", optimisation.schedule().toString());
    settings.put("dead after", Long.toString(optimisation.deadAfter()));
    settings.put("products", optimisation.products().toString());
    settings.put("batch", Integer.toString(stream.batch()));
    settings.put("buffer", Long.toString(stream.bufferBytes()));
    settings.put("left out", stream.leftOut().toString());
    settings.put("seed", Long.toString(stream.seed()));
    settings.put("end to end", endToEnd.toString());
    rows.documentStart().ifPresent(start -> settings.put("document start", "token " + start));
    settings.put("rows", rows.count() + " of " + rows.context());
    settings.put("rows' content", rows.sample());
    return settings;
  }
}
