package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Training steps: every worker takes the gradient of its part of the batch, the parts are added in
 * the order of the workers, and every worker updates its share of the weights. For one number of
 * workers the result does not depend on who is faster.
 */
final class Stepper implements AutoCloseable {
  private final Crew crew;
  private final Training state;
  private final BackPropagation network;
  private final AdamW adam;
  private final Optional<Muon> muon;
  private final double clip;

  /**
   * @param clip the longest gradient
   */
  Stepper(Crew crew, Training state, AdamW adam, Optional<Muon> muon, double clip) {
    this.crew = crew;
    this.state = state;
    this.network = new BackPropagation(state.weights(), state.narrow());
    this.adam = adam;
    this.muon = muon;
    this.clip = clip;
    narrowAll();
  }

  /**
   * What a step found.
   *
   * @param loss mean cross entropy of the counted positions, in nats
   * @param gradientNorm before clipping
   * @param counted how many positions counted
   */
  record Result(double loss, double gradientNorm, long counted) {
    boolean isFinite() {
      return Double.isFinite(loss) && Double.isFinite(gradientNorm);
    }
  }

  /** The weights' copy in the type of the products is made anew: after they were set. */
  void narrowAll() {
    crew.all(worker -> narrow(everything().of(worker, crew.size())));
  }

  private Share everything() {
    return new Share(0, state.weights().shape().parameters());
  }

  /**
   * Takes the gradient of a batch of rows, and unless it is not finite makes the step.
   *
   * @param step counted from 1
   * @param first the batch's first row
   * @param rateFactor on the learning rates
   */
  Result step(TrainingRows corpus, int step, long first, int rows, double rateFactor) {
    double[] losses = new double[crew.size()];
    long[] counts = new long[crew.size()];
    crew.all(worker -> {
      Share share = new Share(0, rows).of(worker, crew.size());
      Batch batch =
          Batch.read(corpus, first + share.from(), Math.toIntExact(share.to() - share.from()));
      counts[worker] = batch.count();
      losses[worker] = network.gradient(batch, state.gradient(worker));
    });
    long counted = Math.max(1, Arrays.stream(counts).sum());
    double norm = addGradients() / counted;
    Result result = new Result(Arrays.stream(losses).sum() / counted, norm, counted);
    if (result.isFinite()) {
      double gradientFactor = Math.min(1, clip / norm) / counted;
      crew.all(worker -> update(worker, step, gradientFactor, rateFactor));
      if (muon.isPresent() && state.narrow() != state.weights()) {
        crew.all(worker -> narrow(matrices().of(worker, crew.size())));
      }
    }
    return result;
  }

  /** Adds the workers' gradients into the first; their length. */
  private double addGradients() {
    double[] squares = new double[crew.size()];
    crew.all(worker ->
        everything()
            .of(worker, crew.size())
            .inPieces((from, to) -> {
              try (var _ = NativeScope.open()) {
                Tensor sum = state.gradient().flat().slice(0, from, to);
                for (int other = 1; other < crew.size(); other++) {
                  sum.plusInPlace(state.gradient(other).flat().slice(0, from, to));
                }
                double norm = sum.norm();
                squares[worker] += norm * norm;
              }
            }));
    return Math.sqrt(Arrays.stream(squares).sum());
  }

  private void update(int worker, int step, double gradientFactor, double rateFactor) {
    ModelShape shape = state.weights().shape();
    muon.ifPresent(settings ->
        settings.update(
            new Share(0, shape.layers()).of(worker, crew.size()),
            state,
            gradientFactor,
            rateFactor));
    for (Weight.Kind kind : Weight.Kind.values()) {
      if (kind == Weight.Kind.MATRIX && muon.isPresent()) {
        continue;
      }
      boolean decays =
          kind == Weight.Kind.MATRIX || (kind == Weight.Kind.TABLE && adam.decayTables());
      Share share = all(kind).of(worker, crew.size());
      adam.update(share, state, step, gradientFactor, rateFactor, decays);
      narrow(share);
    }
  }

  private Share matrices() {
    return all(Weight.Kind.MATRIX);
  }

  private Share all(Weight.Kind kind) {
    ModelShape shape = state.weights().shape();
    List<Weight> weights = new ArrayList<>(List.of(Weight.values()));
    weights.removeIf(weight -> weight.kind() != kind);
    Weight last = weights.getLast();
    return new Share(weights.getFirst().offset(shape), last.offset(shape) + last.count(shape));
  }

  private void narrow(Share share) {
    if (state.narrow() == state.weights()) {
      return;
    }
    share.inPieces((from, to) -> {
      try (var _ = NativeScope.open()) {
        state
            .narrow()
            .flat()
            .slice(0, from, to)
            .copyInPlace(state.weights().flat().slice(0, from, to));
      }
    });
  }

  @Override
  public void close() {
    crew.close();
    state.close();
  }
}
