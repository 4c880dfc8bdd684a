package dev.loupe.instrument.trace;

import dev.loupe.model.ModelWeights;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The logits to explain and their directions in the unembedding: {@code W_U[:, v]} minus the mean
 * over the vocabulary, or minus another token's. Before any soft cap: a cap bends the logit after
 * everything that is attributed. Owns its directions.
 */
final class LogitTargets implements AutoCloseable {
  private static final double CUMULATIVE = 0.95;
  private static final int MOST = 10;

  private final List<Node.Logit> nodes;
  private final Tensor directions;
  private final float[] unembeddingBias;

  private LogitTargets(List<Node.Logit> nodes, Tensor directions, float[] unembeddingBias) {
    this.nodes = nodes;
    this.directions = directions;
    this.unembeddingBias = unembeddingBias;
  }

  /**
   * Chooses and measures.
   *
   * @param chosen given targets as (token, against) pairs, against −1 for the mean; empty for the
   *     most probable tokens until they hold 0.95 of the probability, at most ten
   */
  static LogitTargets of(Transformer model, FrozenRun run, int at, List<Chosen> chosen) {
    try (var _ = NativeScope.open()) {
      ModelWeights.Linear unembedding = model.weights().ends().unembedding();
      Tensor hidden = run.finalHidden().slice(0, at, at + 1L);
      Tensor logits = model.unembedUncapped(hidden).reshape(unembedding.weight().size(0));
      double scale = model.config().logitScale();
      double meanLogit = logits.mean(false, 0).item();
      Tensor probabilities = model.unembed(hidden).reshape(unembedding.weight().size(0)).softmax(0);
      boolean given = !chosen.isEmpty();
      List<Chosen> targets = given ? chosen : mostProbable(probabilities);
      Tensor mean = unembedding.weight().mean(false, 0);
      double meanBias = unembedding.bias() == null ? 0 : unembedding.bias().mean(false, 0).item();
      List<Node.Logit> nodes = new ArrayList<>();
      List<Tensor> directions = new ArrayList<>();
      float[] biases = new float[targets.size()];
      for (Chosen target : targets) {
        boolean mid = target.against() < 0;
        double probability = probabilities.select(0, target.token()).item();
        double zero = mid ? meanLogit : logits.select(0, target.against()).item();
        Tensor direction = unembedding.weight().select(0, target.token());
        directions.add(
            direction
                .minus(mid ? mean : unembedding.weight().select(0, target.against()))
                .times(scale));
        if (unembedding.bias() != null) {
          double against = mid ? meanBias : unembedding.bias().select(0, target.against()).item();
          biases[nodes.size()] =
              (float) (scale * (unembedding.bias().select(0, target.token()).item() - against));
        }
        nodes.add(
            new Node.Logit(
                target.token(),
                target.against(),
                (float) probability,
                (float) (logits.select(0, target.token()).item() - zero),
                given ? 1 : (float) probability));
      }
      return new LogitTargets(List.copyOf(nodes), Tensor.stack(directions, 0).retain(), biases);
    }
  }

  /** A given target. */
  record Chosen(int token, int against) {}

  private static List<Chosen> mostProbable(Tensor probabilities) {
    Tensor.Top top = probabilities.topK((int) Math.min(MOST, probabilities.count()), 0);
    double[] values = top.values().toDoubles();
    long[] tokens = top.indices().toLongs();
    List<Chosen> chosen = new ArrayList<>();
    double sum = 0;
    for (int i = 0; i < values.length && sum < CUMULATIVE; i++) {
      chosen.add(new Chosen(Math.toIntExact(tokens[i]), -1));
      sum += values[i];
    }
    return chosen;
  }

  List<Node.Logit> nodes() {
    return nodes;
  }

  /** The first {@code most} of these targets, over the same directions. */
  LogitTargets first(int most) {
    int count = Math.min(most, nodes.size());
    return new LogitTargets(
        nodes.subList(0, count),
        directions.slice(0, 0, count).retain(),
        Arrays.copyOf(unembeddingBias, count));
  }

  /** {@code [target, d_embedding]}. */
  Tensor directions() {
    return directions;
  }

  double totalWeight() {
    return nodes.stream().mapToDouble(Node.Logit::weight).sum();
  }

  /** What the last norm's and the unembedding's biases add to each target: {@code [target]}. */
  float[] constants(ModelWeights.Ends ends) {
    float[] constants = unembeddingBias.clone();
    try (var _ = NativeScope.open()) {
      Tensor projected = directions;
      if (ends.projectOut() != null) {
        addInto(constants, directions, ends.projectOut().bias());
        projected = directions.matmul(ends.projectOut().weight());
      }
      addInto(constants, projected, FrozenLinear.bias(ends.finalNorm()));
    }
    return constants;
  }

  private static void addInto(float[] constants, Tensor directions, @Nullable Tensor bias) {
    if (bias != null) {
      float[] products = directions.matmul(bias).toFloats();
      for (int i = 0; i < constants.length; i++) {
        constants[i] += products[i];
      }
    }
  }

  @Override
  public void close() {
    directions.close();
  }
}
