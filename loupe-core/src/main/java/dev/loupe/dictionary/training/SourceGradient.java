package dev.loupe.dictionary.training;

import dev.loupe.dictionary.training.Active.ByFeature;
import dev.loupe.dictionary.training.DictionaryWeights.Part;
import dev.loupe.dictionary.training.Learner.Code;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightedRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The gradient with respect to the weights of one source, and its step. Only the rows of active
 * features are read: of the decoder for the gradient by activations, of the batch for the gradient
 * by weights.
 */
final class SourceGradient {
  private final Learner learner;
  private final LearningState state;
  private final int source;
  private final Code code;
  private final Tensor input;

  /**
   * @param code of the batch at that source
   * @param input of the batch, {@code [n, d_model]}
   */
  SourceGradient(Learner learner, int source, Code code, Tensor input) {
    this.learner = learner;
    this.state = learner.state();
    this.source = source;
    this.code = code;
    this.input = input;
  }

  /** Makes the step. */
  void learn(List<Tensor> byOutput, AdamStep adam, double ramp) {
    try (var _ = NativeScope.open()) {
      learn(byOutput, adam, ramp, true, false);
    }
  }

  /**
   * Makes the step.
   *
   * @param byOutput the loss's gradient by each target that the source writes to, {@code [n,
   *     d_model]}
   * @param ramp on JumpReLU's penalty
   * @param encoders whether encoder, its bias and thresholds learn too
   * @return the gradient by the input, {@code [n, d_model]}, in the caller's scope
   */
  Tensor learnAndPassOn(List<Tensor> byOutput, AdamStep adam, double ramp, boolean encoders) {
    try (var scope = NativeScope.open()) {
      return scope.keep(learn(byOutput, adam, ramp, encoders, true).orElseThrow());
    }
  }

  private Optional<Tensor> learn(
      List<Tensor> byOutput, AdamStep adam, double ramp, boolean encoders, boolean passesOn) {
    WeightedRows rows = code.rows();
    ByFeature features = code.active().byFeature();
    ByPreActivation by =
        learner.sparsity() instanceof Sparsity.JumpRelu jump
            ? jumping(jump, byValue(code, byOutput), ramp)
            : plain(byValue(code, byOutput));
    Optional<Revival> revival = code.revived().flatMap(dead -> revival(dead, byOutput));
    Optional<Tensor> byInput =
        passesOn
            ? Optional.of(rows.sum(state.values().of(Part.ENCODER, source), by.total()))
            : Optional.empty();

    Tensor values = code.values().indexSelect(0, features.order());
    for (int slot = 0; slot < byOutput.size(); slot++) {
      try (var _ = NativeScope.open()) {
        Tensor gradient = features.sums().sum(byOutput.get(slot), values);
        int at = slot;
        by.byNorm()
            .ifPresent(factors ->
                gradient.plusProductInPlace(factors, state.values().decoder(source, at), 1));
        revival.ifPresent(dead -> gradient.plusInPlace(dead.byDecoder(at)));
        adam.update(state, state.values().decoderRange(source, slot), gradient);
      }
    }
    if (!(learner.sparsity() instanceof Sparsity.JumpRelu)) {
      state.unitDecoders(source);
    }
    if (!encoders) {
      return byInput;
    }
    Tensor byEncoder = features.sums().sum(input, by.total().indexSelect(0, features.order()));
    Tensor byBias = perFeature(rows, by.total());
    revival.ifPresent(dead -> {
      byEncoder.plusInPlace(dead.byEncoder());
      byBias.plusInPlace(perFeature(dead.rows(), dead.byPreActivation()));
    });
    if (learner.sparsity() instanceof Sparsity.JumpRelu jump) {
      pull(jump, byEncoder, byBias, by.byThreshold().orElseThrow());
      adam.update(
          state, state.values().range(Part.THRESHOLD, source), by.byThreshold().orElseThrow());
    }
    adam.update(state, state.values().range(Part.ENCODER, source), byEncoder);
    adam.update(state, state.values().range(Part.ENCODER_BIAS, source), byBias);
    return byInput;
  }

  /** The gradient by each activation. */
  private Tensor byValue(Code entries, List<Tensor> byOutput) {
    Tensor sum = entries.rows().products(state.values().decoder(source, 0), byOutput.getFirst());
    for (int slot = 1; slot < byOutput.size(); slot++) {
      try (var _ = NativeScope.open()) {
        Tensor directions = state.values().decoder(source, slot);
        sum.plusInPlace(entries.rows().products(directions, byOutput.get(slot)));
      }
    }
    return sum;
  }

  private Tensor perFeature(WeightedRows rows, Tensor entries) {
    return Tensor.zeros(entries.dtype(), state.values().features())
        .scatterPlusInPlace(0, rows.rows(), entries);
  }

  /**
   * Gradients that do not come from sums over decoder rows.
   *
   * @param total by the pre-activation of each entry
   * @param byThreshold by the logarithm of each feature's threshold
   * @param byNorm what a direction is multiplied by in the gradient of the penalty by it, {@code
   *     [n_features, 1]}
   */
  private record ByPreActivation(
      Tensor total, Optional<Tensor> byThreshold, Optional<Tensor> byNorm) {}

  private ByPreActivation plain(Tensor byValue) {
    Tensor positive = code.values().greaterThan(Tensor.zeros(byValue.dtype(), 1));
    return new ByPreActivation(
        byValue.timesInPlace(positive.to(byValue.dtype())), Optional.empty(), Optional.empty());
  }

  /**
   * JumpReLU: an active feature passes the gradient on; one whose pre-activation h is within half a
   * bandwidth of its threshold θ feels what would change if it jumped, θ times the gradient by its
   * activation and the penalty at θ, once more in h and with the opposite sign in θ.
   */
  private ByPreActivation jumping(Sparsity.JumpRelu jump, Tensor byValue, double ramp) {
    Tensor values = code.values();
    Tensor pre = code.preActivations();
    WeightedRows rows = code.rows();
    double weight = jump.penalty() * ramp / input.size(0);
    Tensor norms = state.decoderNorms(source);
    Tensor steep = norms.indexSelect(0, rows.rows()).timesInPlace(jump.steepness());
    Tensor saturation = values.times(steep).tanh();
    Tensor slope = saturation.square().timesInPlace(-1).plusInPlace(1).timesInPlace(weight);
    Tensor positive = values.greaterThan(Tensor.zeros(values.dtype(), 1)).to(values.dtype());

    Tensor thresholds = learner.thresholdsOf(source, rows);
    Tensor half = Tensor.zeros(pre.dtype(), 1).plusInPlace(jump.bandwidth() / 2);
    Tensor near = half.greaterThan(pre.minus(thresholds).abs()).to(pre.dtype());
    Tensor atThreshold = thresholds.times(steep).tanh().timesInPlace(weight);
    Tensor jumped =
        thresholds
            .times(byValue)
            .plusInPlace(atThreshold)
            .timesInPlace(near)
            .timesInPlace(1 / jump.bandwidth());
    Tensor byThreshold = perFeature(rows, jumped.times(thresholds)).timesInPlace(-1);

    Tensor total = byValue.plus(slope.times(steep)).timesInPlace(positive).plusInPlace(jumped);
    Tensor byNorm =
        perFeature(rows, slope.times(values).timesInPlace(jump.steepness()))
            .dividedByInPlace(norms.atLeastInPlace(1e-12))
            .unsqueeze(1);
    return new ByPreActivation(total, Optional.of(byThreshold), Optional.of(byNorm));
  }

  /**
   * Dead features are below their threshold at every position, so that the gradient of {@code ρ Σ
   * relu(θ − h) ‖W_dec‖} needs the mean of the inputs only.
   */
  private void pull(Sparsity.JumpRelu jump, Tensor byEncoder, Tensor byBias, Tensor byThreshold) {
    int[] dead = learner.dead(source);
    if (dead.length == 0 || jump.revival() == 0) {
      return;
    }
    Tensor indices = Tensor.indices(dead);
    Tensor pulls = state.decoderNorms(source).indexSelect(0, indices).timesInPlace(jump.revival());
    Tensor all =
        Tensor.zeros(pulls.dtype(), state.values().features())
            .scatterPlusInPlace(0, indices, pulls);
    byBias.plusInPlace(all, -1);
    byEncoder.plusProductInPlace(all.unsqueeze(1), input.mean(true, 0), -1);
    byThreshold.plusProductInPlace(all, state.values().of(Part.THRESHOLD, source).exp(), 1);
  }

  /** The auxiliary loss: dead features reconstruct the residual, relative to its size. */
  private record Revival(
      WeightedRows rows,
      ByFeature features,
      Tensor values,
      List<Tensor> byOutput,
      Tensor byPreActivation,
      Tensor input) {
    Tensor byDecoder(int slot) {
      return features.sums().sum(byOutput.get(slot), values.indexSelect(0, features.order()));
    }

    Tensor byEncoder() {
      return features.sums().sum(input, byPreActivation.indexSelect(0, features.order()));
    }
  }

  private Optional<Revival> revival(Code dead, List<Tensor> byOutput) {
    double weight =
        switch (learner.sparsity()) {
          case Sparsity.TopK(int _, double auxiliary) -> auxiliary;
          case Sparsity.BatchTopK(int _, double auxiliary) -> auxiliary;
          case Sparsity.JumpRelu _ -> 0;
        };
    // The main loss's gradient by an output is what is left there, negative and times 2 / elements.
    double elements = (double) input.size(0) * input.size(1);
    double left = 0;
    for (Tensor each : byOutput) {
      double norm = each.norm() * elements / 2;
      left += norm * norm;
    }
    if (left == 0) {
      return Optional.empty();
    }
    double factor = 2 * weight / left;
    List<Tensor> wanted = new ArrayList<>();
    for (int slot = 0; slot < byOutput.size(); slot++) {
      Tensor written = dead.rows().sum(state.values().decoder(source, slot), dead.values());
      wanted.add(written.plusInPlace(byOutput.get(slot), elements / 2).timesInPlace(factor));
    }
    Tensor positive = dead.values().greaterThan(Tensor.zeros(dead.values().dtype(), 1));
    Tensor byPre = byValue(dead, wanted).timesInPlace(positive.to(dead.values().dtype()));
    return Optional.of(
        new Revival(dead.rows(), dead.active().byFeature(), dead.values(), wanted, byPre, input));
  }
}
