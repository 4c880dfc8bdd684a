package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.FolderLock;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.training.Checkpoints.Checkpoint;
import dev.loupe.model.training.TrainingPlan.Cadence;
import dev.loupe.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/**
 * Trains a network as its plan says. A folder with checkpoints of the same plan is gone on with: to
 * the same bits, wherever the run before ended.
 */
public final class Trainer implements AutoCloseable {
  private final TrainingPlan plan;
  private final TrainingRows rows;
  private final Optional<TrainingRows> held;
  private final List<Probe> probes;
  private final TrainingListener listener;
  private final Checkpoints checkpoints;
  private final SequencedMap<String, String> fingerprint;
  private final Training state;
  private final Stepper stepper;

  /**
   * How a run ended.
   *
   * @param step the last one made
   * @param finished whether all were made; otherwise the listener stopped it
   * @param loss of the last step that this run made; NaN if it made none
   */
  public record Result(int step, boolean finished, double loss) {}

  private Trainer(
      TrainingPlan plan,
      TrainingRows rows,
      Optional<TrainingRows> held,
      List<Probe> probes,
      TrainingListener listener) {
    plan.requireSuits(rows);
    held.ifPresent(plan::requireSuits);
    this.plan = plan;
    this.rows = rows;
    this.held = held;
    this.probes = List.copyOf(probes);
    this.listener = listener;
    this.checkpoints = new Checkpoints(plan.folder(), plan.cadence().kept());
    this.fingerprint = plan.fingerprint(rows);
    this.state =
        new Training(plan.shape(), DType.F32, plan.execution().dtype(), plan.execution().threads());
    this.stepper = new Stepper(state, plan.optimisation());
  }

  /**
   * Trains to the end of the plan, or until the listener stops it, and writes the model and its
   * checkpoints to the plan's folder.
   *
   * @param held rows on which the loss is evaluated and nothing learned
   * @throws LoupeException if the folder holds checkpoints of another plan, the disk refuses, or
   *     loss or gradient are no longer finite: checkpoints made so far stay
   */
  public static Result run(
      TrainingPlan plan,
      TrainingRows rows,
      Optional<TrainingRows> held,
      List<Probe> probes,
      TrainingListener listener) {
    try (var _ = FolderLock.of(plan.folder(), "training");
        Trainer trainer = new Trainer(plan, rows, held, probes, listener)) {
      int step = trainer.begin();
      try (Metrics metrics = new Metrics(plan.folder(), step)) {
        Result result = trainer.train(step, metrics);
        if (result.finished()) {
          ModelFolder.write(trainer.state.weights(), plan.folder(), DType.F32, plan.endToken());
        }
        return result;
      }
    }
  }

  /** Sets the first weights, or those of the newest checkpoint; the last step made. */
  private int begin() {
    Optional<Checkpoint> found = checkpoints.latest();
    if (found.isPresent()) {
      found.get().requirePlan(fingerprint);
      state.load(found.get());
      listener.resumed(found.get().step(), found.get().folder());
    } else {
      fill(state.weights(), plan);
    }
    stepper.narrowAll();
    return found.map(Checkpoint::step).orElse(0);
  }

  static void fill(Parameters weights, TrainingPlan plan) {
    switch (plan.start()) {
      case Start.FromSeed(long seed, Initialisation initialisation) ->
          initialisation.fill(weights, seed);
      case Start.FromModel(Path location) -> {
        try (Transformer model = ModelLoader.transformer(location, LoadOptions.DEFAULT)) {
          ModelShape shape = TrainedNetwork.shape(model, location);
          if (!shape.equals(plan.shape())) {
            throw LoupeException.badInput(
                "%s: is %s, the plan asks for %s".formatted(location, shape, plan.shape()),
                "Leave the network's size to the model that training starts from.");
          }
          TrainedNetwork.fill(weights, model);
        }
      }
    }
  }

  private Result train(int done, Metrics metrics) {
    int batch = plan.execution().batch();
    double loss = Double.NaN;
    for (int step = done + 1; step <= plan.steps(); step++) {
      long began = System.nanoTime();
      double rateFactor = plan.optimisation().schedule().factor(step);
      long firstRow = (long) (step - 1) * batch;
      Stepper.Result made = stepper.step(rows, step, firstRow, batch, rateFactor);
      if (!made.isFinite()) {
        throw diverged(step, made);
      }
      loss = made.loss();
      report(step, made, rateFactor, System.nanoTime() - began, metrics);

      boolean last = step == plan.steps();
      boolean stop = listener.stopRequested() && !last;
      Cadence cadence = plan.cadence();
      OptionalDouble evaluation = OptionalDouble.empty();
      if (Cadence.isDue(cadence.evaluation(), step) || last) {
        evaluation = evaluate(step, metrics);
      }
      if (Cadence.isDue(cadence.probes(), step) || last) {
        measure(step, metrics);
      }
      if (Cadence.isDue(cadence.checkpoint(), step) || last || stop) {
        Path saved =
            checkpoints.save(
                step, evaluation, fingerprint, folder -> state.save(folder, plan.endToken()));
        listener.saved(step, saved);
      }
      if (stop) {
        return new Result(step, false, loss);
      }
    }
    return new Result(plan.steps(), true, loss);
  }

  private long tokens(int step) {
    return step * plan.tokensPerStep(rows);
  }

  private void report(
      int step, Stepper.Result made, double rateFactor, long nanoseconds, Metrics metrics) {
    var report =
        new TrainingListener.Step(
            step,
            plan.steps(),
            tokens(step),
            made.loss(),
            rateFactor * plan.optimisation().adam().learningRate(),
            made.gradientNorm(),
            plan.tokensPerStep(rows) * 1e9 / nanoseconds);
    metrics.step(report);
    listener.step(report);
  }

  private OptionalDouble evaluate(int step, Metrics metrics) {
    if (held.isEmpty()) {
      return OptionalDouble.empty();
    }
    double loss = stepper.evaluate(held.get(), plan.execution().batch());
    metrics.evaluation(step, tokens(step), loss);
    listener.evaluated(step, loss);
    return OptionalDouble.of(loss);
  }

  private void measure(int step, Metrics metrics) {
    if (probes.isEmpty()) {
      return;
    }
    try (Transformer model = TrainedNetwork.of(state.weights())) {
      for (Probe probe : probes) {
        for (Probe.Score score : probe.measure(model)) {
          metrics.probe(step, tokens(step), probe.name(), score);
          listener.measured(step, probe.name(), score);
        }
      }
    }
  }

  private LoupeException diverged(int step, Stepper.Result made) {
    String kept =
        checkpoints
            .latest()
            .map(checkpoint -> "the last good state is " + checkpoint.folder())
            .orElse("no checkpoint had been made");
    return LoupeException.badInput(
        String.format(
            Locale.ROOT,
            "the training diverged: in step %,d the loss is %s and the gradient's length %s; %s",
            step,
            made.loss(),
            made.gradientNorm(),
            kept),
        "Lower the learning rate or warm up longer, and train into another folder.");
  }

  @Override
  public void close() {
    stepper.close();
    state.close();
  }
}
