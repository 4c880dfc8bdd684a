package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.model.training.TrainingPlan.Optimisation;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Training steps: every worker takes the gradient of its part of the batch, the parts are added in
 * the order of the workers, and every worker updates its share of the weights. For one number of
 * workers the result does not depend on who is faster.
 */
final class Stepper implements AutoCloseable {
  private final Crew crew;
  private final Training state;
  private final BackPropagation network;
  private final Optimisation optimisation;

  /**
   * @param state with a gradient for each worker
   */
  Stepper(Training state, Optimisation optimisation) {
    this.crew = new Crew(state.workers());
    this.state = state;
    this.network = new BackPropagation(state.weights(), state.narrow());
    this.optimisation = optimisation;
  }

  /**
   * The results of a step.
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

  /** The weights' copy in the type of the products is made again: after they were set. */
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
      double gradientFactor = Math.min(1, optimisation.clip() / norm) / counted;
      crew.all(worker -> update(worker, step, gradientFactor, rateFactor));
    }
    return result;
  }

  /**
   * Takes the gradient of batches one after another, and unless it is not finite makes the step.
   * The state has two gradients: the sum, and that of a batch.
   */
  Result step(List<Batch> batches, int step, double rateFactor) {
    double loss = 0;
    long count = 0;
    for (int i = 0; i < batches.size(); i++) {
      loss += network.gradient(batches.get(i), state.gradient(i == 0 ? 0 : 1));
      count += batches.get(i).count();
      if (i > 0) {
        try (var _ = NativeScope.open()) {
          state.gradient().flat().plusInPlace(state.gradient(1).flat());
        }
      }
    }
    long counted = Math.max(1, count);
    double norm;
    try (var _ = NativeScope.open()) {
      norm = state.gradient().flat().norm() / counted;
    }
    Result result = new Result(loss / counted, norm, counted);
    if (result.isFinite()) {
      double gradientFactor = Math.min(1, optimisation.clip() / norm) / counted;
      crew.all(worker -> update(worker, step, gradientFactor, rateFactor));
    }
    return result;
  }

  /** Mean cross entropy of all counted positions in float32, in nats. */
  double evaluate(TrainingRows corpus, int rows) {
    BackPropagation exact = new BackPropagation(state.weights(), state.weights());
    double[] losses = new double[crew.size()];
    long[] counts = new long[crew.size()];
    crew.all(worker -> {
      Share share = new Share(0, corpus.count()).of(worker, crew.size());
      for (long first = share.from(); first < share.to(); first += rows) {
        int some = Math.toIntExact(Math.min(rows, share.to() - first));
        Batch batch = Batch.read(corpus, first, some);
        losses[worker] += exact.loss(batch);
        counts[worker] += batch.count();
      }
    });
    return Arrays.stream(losses).sum() / Math.max(1, Arrays.stream(counts).sum());
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
    if (optimisation.muon().isPresent()) {
      Share layers = new Share(0, shape.layers()).of(worker, crew.size());
      optimisation.muon().get().update(layers, state, gradientFactor, rateFactor);
      narrowMatrices(layers);
    }
    for (Weight.Kind kind : Weight.Kind.values()) {
      if (kind == Weight.Kind.MATRIX && optimisation.muon().isPresent()) {
        continue;
      }
      boolean decays =
          kind == Weight.Kind.MATRIX
              || (kind == Weight.Kind.TABLE && optimisation.adam().decayTables());
      Share share = all(kind).of(worker, crew.size());
      optimisation.adam().update(share, state, step, gradientFactor, rateFactor, decays);
      narrow(share);
    }
  }

  private Share all(Weight.Kind kind) {
    ModelShape shape = state.weights().shape();
    List<Weight> weights = new ArrayList<>(List.of(Weight.values()));
    weights.removeIf(weight -> weight.kind() != kind);
    Weight last = weights.getLast();
    return new Share(weights.getFirst().offset(shape), last.offset(shape) + last.count(shape));
  }

  private void narrowMatrices(Share layers) {
    ModelShape shape = state.weights().shape();
    for (Weight weight : Weight.values()) {
      if (weight.kind() == Weight.Kind.MATRIX) {
        long each = weight.count(shape) / shape.layers();
        long offset = weight.offset(shape);
        narrow(new Share(offset + layers.from() * each, offset + layers.to() * each));
      }
    }
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
  }
}
