package dev.loupe.dictionary.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.dictionary.evaluation.RowReader;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.FolderLock;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.model.training.Checkpoints;
import dev.loupe.model.training.Checkpoints.Checkpoint;
import dev.loupe.model.training.Metrics;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.NonFinite;
import dev.loupe.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Trains dictionaries as a plan says. A folder with checkpoints of the same plan is gone on with:
 * to the same bits, wherever the run before ended.
 */
public final class DictionaryTrainer implements AutoCloseable {
  private final DictionaryPlan plan;
  private final Transformer model;
  private final TrainingRows rows;
  private final DictionaryListener listener;
  private final Checkpoints checkpoints;
  private final ActivationStream stream;
  private final List<Learner> learners = new ArrayList<>();
  private final TrainingState state;

  /**
   * How a run ended.
   *
   * @param step the last one made
   * @param finished whether all were made; otherwise the listener stopped it
   * @param tokens positions learned from
   */
  public record Result(int step, boolean finished, long tokens) {}

  DictionaryTrainer(
      DictionaryPlan plan, Transformer model, TrainingRows rows, DictionaryListener listener) {
    this.plan = plan;
    this.model = model;
    this.rows = rows;
    this.listener = listener;
    requireEnough();
    this.checkpoints = new Checkpoints(plan.folder());
    this.stream = new ActivationStream(model, rows, plan.layout(), plan);
    for (int size : plan.sizes()) {
      LearningState learning = new LearningState(plan.layout(), size, DType.F32);
      learners.add(
          new Learner(
              learning,
              plan.sparsity(),
              plan.optimisation().deadAfter(),
              plan.optimisation().products()));
    }
    this.state = new TrainingState(learners.stream().map(Learner::state).toList());
  }

  /**
   * Trains to the end of the plan, or until the listener stops it, and writes the dictionaries to
   * {@link DictionaryPlan#folder(int)}.
   *
   * @param model what is explained
   * @param rows of tokens that it reads
   * @throws LoupeException if the corpus is shorter than asked, the folder holds checkpoints of
   *     another plan, the disk refuses, or loss or activations are no longer finite: checkpoints
   *     made so far stay
   */
  public static Result run(
      DictionaryPlan plan, Transformer model, TrainingRows rows, DictionaryListener listener) {
    try (var _ = FolderLock.of(plan.folder(), "training");
        DictionaryTrainer trainer = new DictionaryTrainer(plan, model, rows, listener)) {
      trainer.begin();
      try (Metrics metrics = new Metrics(plan.folder(), trainer.state.step())) {
        boolean finished = trainer.train(metrics);
        if (finished) {
          trainer.write();
        }
        return new Result(trainer.state.step(), finished, trainer.state.tokens());
      }
    }
  }

  /** Every position may be read as often as there are passes. */
  private void requireEnough() {
    if (rows.count() < 1) {
      throw LoupeException.badInput(
          "there is no row to learn from", "Give a corpus with at least one document.");
    }
    double asked = (double) plan.steps() * plan.stream().batch();
    double there = (double) rows.count() * rows.context();
    if (asked > there * plan.stream().passes()) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT, "the corpus holds %,.0f positions, %,.0f are asked for", there, asked),
          String.format(
              Locale.ROOT,
              "Ask for fewer tokens, or set `passes` to %.0f to read it again.",
              Math.ceil(asked / there)));
    }
  }

  void begin() {
    Optional<Checkpoint> found = checkpoints.latest();
    if (found.isPresent()) {
      found.get().requirePlan(plan.fingerprint(rows));
      state.load(found.get(), plan.layout());
      listener.resumed(state.step(), found.get().folder());
      return;
    }
    for (int i = 0; i < learners.size(); i++) {
      double threshold = plan.sparsity() instanceof Sparsity.JumpRelu jump ? jump.threshold() : 1;
      learners.get(i).state().draw(plan.stream().seed() + i, threshold);
    }
  }

  private boolean train(Metrics metrics) {
    for (int step = state.step() + 1; step <= plan.steps(); step++) {
      ObjectNode line = Metrics.line(step);
      try {
        step(step, line);
      } catch (CancellationException _) { // before it began: the model was still reading
        if (step > 1) {
          save(step - 1);
        }
        return false;
      }
      metrics.write(line);
      boolean last = step == plan.steps();
      boolean stop = listener.stopRequested() && !last;
      int every = plan.checkpointEvery();
      if (last || stop || (every > 0 && step % every == 0)) {
        save(step);
      }
      if (stop) {
        return false;
      }
    }
    return true;
  }

  private void save(int step) {
    requireFinite(step);
    Path saved =
        checkpoints.save(step, OptionalDouble.empty(), plan.fingerprint(rows), state::save);
    listener.saved(step, saved);
  }

  /**
   * Makes one step, and writes down what it found.
   *
   * @throws CancellationException if the listener stops it while the model reads; nothing is
   *     learned then
   */
  void step(int step, ObjectNode line) {
    try (var _ = NativeScope.open()) {
      long began = System.nanoTime();
      AdamStep adam = plan.adam(step);
      double ramp = (double) step / plan.steps();
      double divergence = Double.NaN;
      List<Learner.Result> results = new ArrayList<>();
      int positions;
      if (step <= plan.localSteps()) {
        Map<Tap, Tensor> batch = nextBatch();
        positions = batch.values().iterator().next().size(0);
        local(batch, adam, ramp, results);
      } else {
        requireScaling();
        if (step == plan.localSteps() + 1) {
          learners.forEach(learner -> learner.state().forgetAverages());
        }
        long first = (long) (step - 1) * rowsOfBatch();
        RowReader.Batch batch = new RowReader(rows, LeftOut.NONE).read(first, rowsOfBatch());
        positions = batch.count();
        for (Learner learner : learners) {
          ReplacementStep.Result result =
              new ReplacementStep(model, learner, state.inputs(), state.outputs(), plan.endToEnd())
                  .step(batch, adam, ramp);
          divergence = result.divergence();
          results.add(
              result.isFinite()
                  ? result.local()
                  : new Learner.Result(List.of(Double.NaN), List.of()));
        }
      }
      if (!results.stream().allMatch(Learner.Result::isFinite)) {
        throw diverged(step);
      }
      state.made(step, positions);
      report(line, results, divergence, adam, positions * 1e9 / (System.nanoTime() - began));
    }
  }

  int positionsOfBuffer() {
    return stream.filled();
  }

  private int rowsOfBatch() {
    return Math.max(1, plan.stream().batch() / rows.context());
  }

  private void local(
      Map<Tap, Tensor> batch, AdamStep adam, double ramp, List<Learner.Result> results) {
    List<Tensor> inputs = scaled(batch, plan.layout().reads(), state.inputs());
    List<Tensor> outputs = scaled(batch, plan.layout().targets(), state.outputs());
    for (Learner learner : learners) {
      try (var _ = NativeScope.open()) {
        results.add(learner.step(inputs, outputs, adam, ramp));
      }
    }
  }

  private static List<Tensor> scaled(
      Map<Tap, Tensor> batch, List<Tap> taps, List<Scaling> scalings) {
    List<Tensor> scaled = new ArrayList<>();
    for (int i = 0; i < taps.size(); i++) {
      Tensor values = batch.get(taps.get(i));
      if (values == null) {
        throw new IllegalStateException("no activations at " + taps.get(i));
      }
      scaled.add(scalings.get(i).apply(values));
    }
    return scaled;
  }

  private Map<Tap, Tensor> nextBatch() {
    if (!state.isFilled()) {
      stream.fill(state.buffer(), listener);
      state.filled();
      requireScaling();
    }
    if (state.batch() >= stream.batches()) {
      state.nextBuffer();
      stream.fill(state.buffer(), listener);
    }
    return stream.batch(state.takeBatch());
  }

  /** Taken from the first buffer, once. */
  private void requireScaling() {
    if (!state.inputs().isEmpty()) {
      return;
    }
    if (!state.isFilled()) {
      stream.fill(0, listener);
      state.filled();
    }
    Map<Tap, Tensor> all = stream.contents();
    state.scale(scalings(all, plan.layout().reads()), scalings(all, plan.layout().targets()));
  }

  private static List<Scaling> scalings(Map<Tap, Tensor> all, List<Tap> taps) {
    return taps.stream()
        .map(tap -> {
          Tensor values = all.get(tap);
          if (values == null) {
            throw new IllegalStateException("no activations at " + tap);
          }
          return Scaling.of(Place.name(tap), values);
        })
        .toList();
  }

  private void report(
      ObjectNode line,
      List<Learner.Result> results,
      double divergence,
      AdamStep adam,
      double tokensPerSecond) {
    int largest = plan.sizes().indexOf(plan.sizes().stream().max(Integer::compare).orElseThrow());
    Learner.Result main = results.get(largest);
    int sources = plan.layout().sources();
    double unexplained = main.loss() / sources;
    double active = main.active().stream().mapToDouble(count -> count).sum() / sources;
    line.put("tokens", state.tokens());
    line.put("loss", Double.isNaN(divergence) ? unexplained : divergence);
    line.put("learning_rate", adam.rate());
    line.put("tokens_per_second", Math.round(tokensPerSecond));
    if (!Double.isNaN(divergence)) {
      line.put("divergence", divergence);
    }
    ArrayNode each = line.putArray("dictionaries");
    for (int i = 0; i < results.size(); i++) {
      ObjectNode node = each.addObject();
      node.put("features", plan.sizes().get(i));
      ArrayNode shares = node.putArray("fvu");
      results.get(i).unexplained().forEach(share -> shares.add(share.floatValue()));
      ArrayNode counts = node.putArray("l0");
      results.get(i).active().forEach(count -> counts.add(count.floatValue()));
      ArrayNode dead = node.putArray("dead");
      for (int source = 0; source < sources; source++) {
        dead.add(learners.get(i).state().dead(source, plan.optimisation().deadAfter()));
      }
    }
    listener.step(
        new DictionaryListener.Step(
            state.step(), plan.steps(), state.tokens(), unexplained, active, divergence));
  }

  /** Features whose encoder is not a number never fire: the loss alone would not tell. */
  private void requireFinite(int step) {
    for (Learner learner : learners) {
      Tensor weights = learner.state().values().flat();
      if (NonFinite.in(weights.dtype(), weights.segment())) {
        throw diverged(step);
      }
    }
  }

  private LoupeException diverged(int step) {
    String kept =
        checkpoints
            .latest()
            .map(checkpoint -> "the last good state is " + checkpoint.folder())
            .orElse("no checkpoint had been made");
    return LoupeException.badInput(
        String.format(
            Locale.ROOT,
            "the training diverged: in step %,d loss or weights are not finite; %s",
            step,
            kept),
        "Lower the learning rate or warm up longer, and train into another folder.");
  }

  /** Dictionaries that are there are of an earlier run of the same plan. */
  private void write() {
    for (Learner learner : learners) {
      Path folder = plan.folder(learner.state().values().features());
      if (!Files.exists(folder)) {
        try (Dictionary dictionary =
            FoldedDictionary.of(learner, state.inputs(), state.outputs(), plan.result())) {
          DictionaryFiles.write(dictionary, folder, plan.result().format());
        }
      }
    }
  }

  @Override
  public void close() {
    stream.close();
    state.close();
  }
}
