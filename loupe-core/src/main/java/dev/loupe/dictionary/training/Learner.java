package dev.loupe.dictionary.training;

import dev.loupe.dictionary.training.DictionaryWeights.Part;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightedRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One dictionary that learns: its forward pass, its loss and, with {@link SourceGradient}, its
 * gradient. The loss of a batch is each target's fraction of variance unexplained, summed over
 * targets, and what {@link Sparsity} adds. All activations are {@link Scaling scaled}.
 */
final class Learner {
  /** How much of BatchTopK's threshold a batch leaves as it was. */
  private static final double KEPT = 0.95;

  /** A cut is hardly ever so far below the ones before. */
  private static final double GUESS = 0.85;

  private final LearningState state;
  private final Sparsity sparsity;
  private final long deadAfter;
  private final DType products;

  /**
   * @param deadAfter positions without activation after which a feature counts as dead
   * @param products BF16 to choose features by rounded pre-activations; those chosen are computed
   *     exactly. The state's own type otherwise
   */
  Learner(LearningState state, Sparsity sparsity, long deadAfter, DType products) {
    this.state = state;
    this.sparsity = sparsity;
    this.deadAfter = deadAfter;
    this.products = products;
  }

  LearningState state() {
    return state;
  }

  Sparsity sparsity() {
    return sparsity;
  }

  Layout layout() {
    return state.values().layout();
  }

  /**
   * The features of a batch at one source.
   *
   * @param active which
   * @param rows the same, to sum decoder rows by
   * @param preActivations of those, {@code [n]}
   * @param values their activations, 0 for those that are only close to their threshold
   * @param revived dead features and their pre-activations, for the auxiliary loss
   */
  record Code(
      Active active,
      WeightedRows rows,
      Tensor preActivations,
      Tensor values,
      Optional<Code> revived) {
    /** How many are above 0. */
    double fired() {
      return values.greaterThan(Tensor.zeros(values.dtype(), 1)).sum().item();
    }
  }

  /**
   * Encodes a batch, and counts who is silent.
   *
   * @param input {@code [n, d_model]}
   */
  Code encode(int source, Tensor input) {
    Tensor all = preActivations(source, input);
    Active active =
        switch (sparsity) {
          case Sparsity.TopK(int k, double _) -> Selector.largest(all, k);
          case Sparsity.BatchTopK(int k, double _) -> cut(source, all, k);
          case Sparsity.JumpRelu jump -> Selector.above(all, bounds(source, jump));
        };
    Code code = code(source, input, all, active, revived(source, input, all));
    listen(source, code, input.size(0));
    return code;
  }

  private Tensor preActivations(int source, Tensor input) {
    Tensor weight = state.values().of(Part.ENCODER, source);
    Tensor bias = state.values().of(Part.ENCODER_BIAS, source);
    return rounds()
        ? input.to(products).linear(weight.to(products), bias.to(products))
        : input.linear(weight, bias);
  }

  private boolean rounds() {
    return products != state.values().dtype();
  }

  private Active cut(int source, Tensor all, int k) {
    double[] thresholds = state.thresholds();
    double before = thresholds[source];
    Selector.Cut cut = Selector.largestOfBatch(all, k, GUESS * before);
    thresholds[source] = before == 0 ? cut.smallest() : KEPT * before + (1 - KEPT) * cut.smallest();
    return cut.active();
  }

  private float[] bounds(int source, Sparsity.JumpRelu jump) {
    return state
        .values()
        .of(Part.THRESHOLD, source)
        .exp()
        .plusInPlace(-jump.bandwidth() / 2)
        .toFloats();
  }

  private Code code(int source, Tensor input, Tensor all, Active active, Optional<Code> revived) {
    WeightedRows rows = active.byPosition();
    Tensor pre =
        rounds()
            ? rows.products(state.values().of(Part.ENCODER, source), input)
                .plusInPlace(
                    state.values().of(Part.ENCODER_BIAS, source).indexSelect(0, rows.rows()))
            : all.reshape(-1).indexSelect(0, active.places());
    Tensor values =
        sparsity instanceof Sparsity.JumpRelu
            ? pre.times(pre.greaterThan(thresholdsOf(source, rows)).to(pre.dtype()))
            : pre.relu();
    return new Code(active, rows, pre, values, revived);
  }

  /** The threshold of each entry. */
  Tensor thresholdsOf(int source, WeightedRows rows) {
    return state.values().of(Part.THRESHOLD, source).indexSelect(0, rows.rows()).exp();
  }

  /** The dead features that would be largest, for the auxiliary loss. */
  private Optional<Code> revived(int source, Tensor input, Tensor all) {
    int k =
        switch (sparsity) {
          case Sparsity.TopK(int each, double auxiliary) -> auxiliary > 0 ? each : 0;
          case Sparsity.BatchTopK(int each, double auxiliary) -> auxiliary > 0 ? each : 0;
          case Sparsity.JumpRelu _ -> 0;
        };
    int[] dead = dead(source);
    if (k == 0 || dead.length == 0) {
      return Optional.empty();
    }
    Active among = Selector.largest(all.indexSelect(1, Tensor.indices(dead)), k);
    Active named = among.renamed(dead, all.size(1));
    return named.count() == 0
        ? Optional.empty()
        : Optional.of(code(source, input, all, named, Optional.empty()));
  }

  /** The features of a source that are dead. */
  int[] dead(int source) {
    long[] silence = state.silence(source);
    return IntStream.range(0, silence.length).filter(i -> silence[i] >= deadAfter).toArray();
  }

  private void listen(int source, Code code, int positions) {
    long[] silence = state.silence(source);
    for (int i = 0; i < silence.length; i++) {
      silence[i] += positions;
    }
    float[] values = code.values().toFloats();
    for (int entry = 0; entry < values.length; entry++) {
      if (values[entry] > 0) {
        silence[code.active().feature(entry)] = 0;
      }
    }
  }

  /** What a target has before features: the bias, and what skips them. */
  Tensor constant(int target, Tensor input) {
    Tensor bias = state.values().of(Part.OUTPUT_BIAS, target);
    return layout().skip()
        ? input.linear(state.values().of(Part.SKIP, target), bias)
        : bias.unsqueeze(0).expand(input.size(0), -1).copy();
  }

  /** Adds what a source's features write, at their targets. */
  void decode(int source, Code code, List<Tensor> sums) {
    for (int slot = 0; slot < layout().slots(source); slot++) {
      try (var _ = NativeScope.open()) {
        Tensor directions = state.values().decoder(source, slot);
        sums.get(source + slot).plusInPlace(code.rows().sum(directions, code.values()));
      }
    }
  }

  /**
   * The results of a step.
   *
   * @param unexplained fraction of variance unexplained of each target
   * @param active features per position, of each source
   */
  record Result(List<Double> unexplained, List<Double> active) {
    boolean isFinite() {
      return Double.isFinite(loss());
    }

    /** The sum over targets. */
    double loss() {
      return unexplained.stream().mapToDouble(share -> share).sum();
    }
  }

  /**
   * One step; none if the loss is not finite.
   *
   * @param inputs of each source, {@code [n, d_model]}
   * @param outputs wanted at each target, likewise
   * @param ramp on JumpReLU's penalty
   */
  Result step(List<Tensor> inputs, List<Tensor> outputs, AdamStep adam, double ramp) {
    int sources = layout().sources();
    List<Code> codes = new ArrayList<>();
    List<Tensor> errors = new ArrayList<>();
    List<Double> active = new ArrayList<>();
    int positions = inputs.getFirst().size(0);
    for (int source = 0; source < sources; source++) {
      try (var scope = NativeScope.open()) {
        Code code = keep(scope, encode(source, inputs.get(source)));
        active.add(code.fired() / positions);
        codes.add(code);
        errors.add(scope.keep(constant(source, inputs.get(source))));
      }
    }
    List<Double> unexplained = new ArrayList<>();
    for (int source = 0; source < sources; source++) {
      decode(source, codes.get(source), errors);
    }
    double elements = (double) positions * layout().width();
    List<Tensor> byOutput = new ArrayList<>();
    for (int target = 0; target < sources; target++) {
      Tensor error = errors.get(target).plusInPlace(outputs.get(target), -1);
      double norm = error.norm();
      unexplained.add(norm * norm / elements);
      byOutput.add(error.timesInPlace(2 / elements));
    }
    Result result = new Result(unexplained, active);
    if (result.isFinite()) {
      for (int source = 0; source < sources; source++) {
        new SourceGradient(this, source, codes.get(source), inputs.get(source))
            .learn(byOutput.subList(source, source + layout().slots(source)), adam, ramp);
        learnConstant(source, inputs.get(source), byOutput.get(source), adam);
      }
    }
    return result;
  }

  /** Hands a code to the enclosing scope. */
  static Code keep(NativeScope scope, Code code) {
    scope.keep(code.rows().rows());
    scope.keep(code.rows().starts());
    scope.keep(code.rows().owners());
    scope.keep(code.preActivations());
    scope.keep(code.values());
    code.revived().ifPresent(revived -> keep(scope, revived));
    return code;
  }

  /** A step of what {@link #constant} adds. */
  void learnConstant(int target, Tensor input, Tensor byOutput, AdamStep adam) {
    try (var _ = NativeScope.open()) {
      adam.update(state, state.values().range(Part.OUTPUT_BIAS, target), byOutput.sum(false, 0));
      if (layout().skip()) {
        adam.update(
            state, state.values().range(Part.SKIP, target), byOutput.transpose(0, 1).matmul(input));
      }
    }
  }
}
