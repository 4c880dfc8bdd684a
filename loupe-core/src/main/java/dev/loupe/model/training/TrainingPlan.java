package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * A whole training, before it begins.
 *
 * @param folder where the model, its checkpoints and {@code metrics.jsonl} go
 * @param shape of the network
 * @param start the initial weights
 * @param optimisation the optimiser
 * @param execution how a step is computed
 * @param cadence how often things happen
 * @param endToken the token that ends a text, for the model's configuration
 */
public record TrainingPlan(
    Path folder,
    ModelShape shape,
    Start start,
    Optimisation optimisation,
    Execution execution,
    Cadence cadence,
    OptionalInt endToken) {

  /**
   * The optimiser.
   *
   * @param adam for everything that {@code muon} leaves
   * @param muon for the block matrices
   * @param clip largest gradient norm; larger gradients are clipped to it
   * @param schedule of both learning rates; as many steps as it has are made
   */
  public record Optimisation(AdamW adam, Optional<Muon> muon, double clip, Schedule schedule) {
    /**
     * Checks the settings.
     *
     * @throws LoupeException if the clip is not positive
     */
    public Optimisation {
      Checks.positive("the longest gradient", clip);
    }
  }

  /**
   * How a step is computed. All three are part of the result's bits.
   *
   * @param batch rows per step
   * @param threads parts into which a batch is split, each computed by its own thread
   * @param dtype of the matrix products: F32 or BF16; all else is float32
   */
  public record Execution(int batch, int threads, DType dtype) {
    /**
     * Checks the settings.
     *
     * @throws LoupeException if a part would be empty, or the type is another
     */
    public Execution {
      if (batch < 1 || threads < 1 || threads > batch) {
        throw LoupeException.badInput(
            "%d rows a step for %d threads".formatted(batch, threads),
            "There must be at least one row for each thread.");
      }
      if (dtype != DType.F32 && dtype != DType.BF16) {
        throw LoupeException.badInput(
            dtype + " for training", "Products are computed in F32 or BF16.");
      }
    }
  }

  /**
   * What happens at intervals of this many steps, and after the last; 0 for never.
   *
   * @param checkpoint the state is saved
   * @param evaluation the loss on held-out rows is taken
   * @param probes the probes measure the model
   * @param kept how many of the last saved states stay; at least one
   */
  public record Cadence(int checkpoint, int evaluation, int probes, int kept) {
    /**
     * Checks the settings.
     *
     * @throws LoupeException if one is negative
     */
    public Cadence {
      Checks.notNegative("steps between checkpoints", checkpoint);
      Checks.notNegative("steps between evaluations", evaluation);
      Checks.notNegative("steps between probes", probes);
      Checks.positive("checkpoints kept", kept);
    }

    static boolean isDue(int every, int step) {
      return every > 0 && step % every == 0;
    }
  }

  /** How many steps are made. */
  public int steps() {
    return optimisation.schedule().totalSteps();
  }

  /** Predicted positions that a step reads. */
  long tokensPerStep(TrainingRows rows) {
    return (long) execution.batch() * rows.context();
  }

  /**
   * Checks that the rows suit the network.
   *
   * @throws LoupeException if there are none, or they are longer than the network's context
   */
  void requireSuits(TrainingRows rows) {
    if (rows.count() < 1) {
      throw LoupeException.badInput(
          "there is no row to train on", "Give a corpus with at least one document.");
    }
    if (rows.context() > shape.context()) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "rows predict %,d positions but the network has %,d",
              rows.context(),
              shape.context()),
          "Pack shorter rows or choose a longer context.");
    }
  }

  /** Everything on which the weights' bits depend, by name: two runs of the same are the same. */
  public SequencedMap<String, String> fingerprint(TrainingRows rows) {
    SequencedMap<String, String> settings = new LinkedHashMap<>();
    settings.put("layers", Integer.toString(shape.layers()));
    settings.put("width", Integer.toString(shape.width()));
    settings.put("heads", Integer.toString(shape.heads()));
    settings.put("context", Integer.toString(shape.context()));
    settings.put("vocabulary", Integer.toString(shape.vocabulary()));
    switch (start) {
      case Start.FromSeed(long seed, Initialisation initialisation) -> {
        settings.put("seed", Long.toString(seed));
        settings.put("initialisation", initialisation.toString());
      }
      case Start.FromModel(Path location) -> settings.put("from", location.toString());
    }
    settings.put("batch", Integer.toString(execution.batch()));
    settings.put("threads", Integer.toString(execution.threads()));
    settings.put("dtype", execution.dtype().toString());
    settings.put("adamw", optimisation.adam().toString());
    settings.put("muon", optimisation.muon().map(Muon::toString).orElse("none"));
    settings.put("clip", Double.toString(optimisation.clip()));
    settings.put("schedule", optimisation.schedule().toString());
    settings.put("rows", Long.toString(rows.count()));
    settings.put("row length", Integer.toString(rows.context()));
    settings.put("rows' content", rows.sample());
    return settings;
  }
}
