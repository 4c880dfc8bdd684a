package dev.loupe.dictionary.training;

import dev.loupe.dictionary.evaluation.RowReader;
import dev.loupe.dictionary.training.DictionaryPlan.EndToEnd;
import dev.loupe.dictionary.training.Learner.Code;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.Recording;
import dev.loupe.tensor.Derivatives;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A step end to end: the model runs with every MLP replaced, and the gradient of {@code KL(model ‖
 * replacement)} goes back through attention and norms, block by block, and through the dictionary
 * by {@link SourceGradient}. The dictionary must have all layers of the model.
 */
final class ReplacementStep {
  private final Transformer model;
  private final Learner learner;
  private final List<Scaling> inputs;
  private final List<Scaling> outputs;
  private final EndToEnd settings;

  /**
   * @throws LoupeException if the model has MLPs that the dictionary does not replace, or a norm
   *     after the block
   */
  ReplacementStep(
      Transformer model,
      Learner learner,
      List<Scaling> inputs,
      List<Scaling> outputs,
      EndToEnd settings) {
    int layers = model.config().layers();
    if (learner.layout().sources() != layers
        || !model.has(Site.RESID_MID)
        || model.has(Site.RESID_POST_NORM_SCALE)) {
      throw LoupeException.badInput(
          "end-to-end steps need a dictionary of all %d layers, of a model whose blocks add the"
                  .formatted(layers)
              + " MLP's output to the stream after attention",
          "Leave `endToEnd` out, or train all layers.");
    }
    this.model = model;
    this.learner = learner;
    this.inputs = inputs;
    this.outputs = outputs;
    this.settings = settings;
  }

  /**
   * The results of a step.
   *
   * @param divergence mean of {@code KL(model ‖ replacement)} in nats
   * @param local the dictionary's own figures, on the replacement's activations
   */
  record Result(double divergence, Learner.Result local) {
    boolean isFinite() {
      return Double.isFinite(divergence) && local.isFinite();
    }
  }

  /** What the backward pass of a block needs. */
  private record Block(Tensor entering, Transformer.MlpSource source, Tensor input, Code code) {}

  /** The run that is copied: what it wrote and said. */
  private record Original(Tensor entering, List<Tensor> written, Tensor probabilities) {}

  /** One step; none if the divergence is not finite. */
  Result step(RowReader.Batch rows, AdamStep adam, double ramp) {
    TokenBatch tokens = rows.tokens();
    Places places = new Places(rows, tokens);
    Original original = original(tokens, places);
    int layers = model.config().layers();
    List<Block> blocks = new ArrayList<>();
    List<Tensor> sums = new ArrayList<>();
    List<Tensor> byOutput = new ArrayList<>();
    List<Double> unexplained = new ArrayList<>();
    List<Double> active = new ArrayList<>();
    Tensor stream = original.entering();
    int width = learner.layout().width();
    double elements = (double) places.count() * width;
    for (int layer = 0; layer < layers; layer++) {
      sums.add(Tensor.zeros(stream.dtype(), places.count(), width));
    }
    for (int layer = 0; layer < layers; layer++) {
      Tensor entering = stream.requiringGradient();
      Transformer.MlpSource source = model.beforeMlp(layer, entering, tokens);
      Tensor read = read(layer, source).reshape(-1, width);
      Tensor input = inputs.get(layer).apply(places.pick(Derivatives.detached(read)));
      Code code = withoutRevival(learner.encode(layer, input));
      active.add(code.fired() / places.count());
      Tensor own = sums.get(layer).plusInPlace(learner.constant(layer, input));
      learner.decode(layer, code, sums);
      Tensor error = own.minus(outputs.get(layer).apply(original.written().get(layer)));
      double norm = error.norm();
      unexplained.add(norm * norm / elements);
      byOutput.add(error.timesInPlace(2 * settings.errorWeight() / elements));
      Tensor written = places.putBack(outputs.get(layer).undo(own));
      stream =
          Derivatives.detached(source.residMid())
              .plus(written.reshape(tokens.size(), tokens.length(), width));
      blocks.add(new Block(entering, source, input, code));
    }
    Tensor leaving = stream.requiringGradient();
    Tensor divergence = divergence(leaving, tokens, places, original);
    Result result = new Result(divergence.item(), new Learner.Result(unexplained, active));
    if (result.isFinite()) {
      divergence.backward();
      backward(blocks, byOutput, leaving.gradient(), places, adam, ramp);
    }
    return result;
  }

  private Original original(TokenBatch tokens, Places places) {
    Tap entering = new Tap(Site.RESID_PRE, 0);
    Tap leaving = Tap.of(Site.FINAL_HIDDEN);
    List<Tap> wanted = new ArrayList<>(learner.layout().targets());
    wanted.addAll(List.of(entering, leaving));
    try (Recording run = Recording.ofBatch(wanted, hooks -> model.hidden(tokens, hooks, null));
        var scope = NativeScope.open()) {
      Tensor hidden = run.at(leaving);
      Tensor logits = model.unembed(places.pick(hidden.reshape(-1, hidden.size(-1))));
      List<Tensor> written = new ArrayList<>();
      for (Tap target : learner.layout().targets()) {
        Tensor value = run.at(target);
        written.add(scope.keep(places.pick(value.reshape(-1, value.size(-1)))));
      }
      return new Original(
          scope.keep(run.at(entering).copy()), written, scope.keep(logits.softmax(-1)));
    }
  }

  private Tensor read(int layer, Transformer.MlpSource source) {
    return learner.layout().reads().get(layer).site() == Site.MLP_IN
        ? source.mlpIn()
        : source.residMid();
  }

  private Tensor divergence(Tensor leaving, TokenBatch tokens, Places places, Original original) {
    Tensor hidden = model.onward(model.config().layers(), leaving, tokens, Hooks.NONE, null);
    Tensor said = model.unembed(places.pick(hidden.reshape(-1, hidden.size(-1)))).logSoftmax(-1);
    Tensor meant = original.probabilities();
    Tensor entropy;
    try (var scope = NativeScope.open()) {
      Tensor logarithms = meant.plus(1e-30).log();
      entropy = scope.keep(logarithms.timesInPlace(meant).sum());
    }
    return entropy.minus(said.times(meant).sum()).times(1.0 / places.count());
  }

  private void backward(
      List<Block> blocks,
      List<Tensor> byOutput,
      Tensor byLeaving,
      Places places,
      AdamStep adam,
      double ramp) {
    Tensor byStream = byLeaving;
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      Block block = blocks.get(layer);
      int width = learner.layout().width();
      double scale = 1 / outputs.get(layer).factor();
      byOutput.get(layer).plusInPlace(places.pick(byStream.reshape(-1, width)), scale);
      List<Tensor> byTargets = byOutput.subList(layer, layer + learner.layout().slots(layer));
      Tensor skipped = throughSkip(layer, byOutput.get(layer));
      Tensor byInput =
          new SourceGradient(learner, layer, block.code(), block.input())
              .learnAndPassOn(byTargets, adam, ramp, settings.encoders())
              .plusInPlace(skipped)
              .timesInPlace(inputs.get(layer).factor());
      learner.learnConstant(layer, block.input(), byOutput.get(layer), adam);
      Tensor read = read(layer, block.source());
      Tensor byRead = places.putBack(byInput).reshape(read.shape());
      block.source().residMid().times(byStream).sum().plus(read.times(byRead).sum()).backward();
      byStream = block.entering().gradient();
    }
  }

  private Tensor throughSkip(int layer, Tensor byOutput) {
    return learner.layout().skip()
        ? byOutput.matmul(learner.state().values().of(DictionaryWeights.Part.SKIP, layer))
        : Tensor.zeros(byOutput.dtype(), 1);
  }

  private static Code withoutRevival(Code code) {
    return new Code(
        code.active(), code.rows(), code.preActivations(), code.values(), Optional.empty());
  }

  /** Positions that hold text, among all of a batch of rows. */
  private static final class Places {
    private final int count;
    private final boolean all;
    private final Tensor kept;
    private final Tensor back;

    Places(RowReader.Batch rows, TokenBatch tokens) {
      int places = tokens.size() * tokens.length();
      this.count = rows.count();
      this.all = count == places;
      int[] chosen = rows.kept();
      this.kept = Tensor.indices(chosen);
      long[] origin = new long[places];
      Arrays.fill(origin, count);
      for (int i = 0; i < count; i++) {
        origin[chosen[i]] = i;
      }
      this.back = Tensor.of(origin, places);
    }

    int count() {
      return count;
    }

    /** {@code [rows · context, width]} to {@code [kept, width]}. */
    Tensor pick(Tensor everywhere) {
      return all ? everywhere : everywhere.indexSelect(0, kept);
    }

    /** The other way, with zeros where nothing was kept. */
    Tensor putBack(Tensor picked) {
      if (all) {
        return picked;
      }
      Tensor zeros = Tensor.zeros(picked.dtype(), 1, picked.size(1));
      return Tensor.cat(List.of(picked, zeros), 0).indexSelect(0, back);
    }
  }
}
