package dev.loupe.model;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which rows go through which experts of a mixture, by the weights {@code [rows, n_experts]} of its
 * router: all experts whose weight is not 0.
 */
public final class Routing {
  private final Tensor weights;
  private final List<int[]> rows = new ArrayList<>();

  /** The routing that weights describe. */
  public Routing(Tensor weights) {
    this(weights, weights);
  }

  /**
   * A routing to more experts than those with a weight.
   *
   * @param chosen not 0 where a row goes through an expert
   */
  Routing(Tensor weights, Tensor chosen) {
    this.weights = weights;
    int experts = weights.size(1);
    double[] values = chosen.toDoubles();
    for (int expert = 0; expert < experts; expert++) {
      int[] own = new int[weights.size(0)];
      int count = 0;
      for (int row = 0; row < own.length; row++) {
        if (values[row * experts + expert] != 0) {
          own[count++] = row;
        }
      }
      rows.add(Arrays.copyOf(own, count));
    }
  }

  /**
   * What a router makes of its logits {@code [rows, n_experts]}: the softmax over all experts, 0
   * for those that are not among the best.
   */
  static Tensor weights(ModelConfig.MixtureShape shape, Tensor logits) {
    Tensor best = logits.topK(shape.chosen(), 1).indices();
    Tensor chosen =
        Tensor.zeros(logits.dtype(), logits.shape())
            .scatterPlusInPlace(1, best, Tensor.zeros(logits.dtype(), best.shape()).plusInPlace(1));
    Tensor kept = logits.softmax(1).times(chosen);
    return shape.sumToOne() ? kept.dividedBy(kept.sum(true, 1)) : kept;
  }

  /** The weight of each unit's expert: {@code [rows, d_mlp]}. */
  public static Tensor ofEachUnit(ModelConfig.MixtureShape shape, Tensor weights) {
    List<Tensor> parts = new ArrayList<>();
    for (int expert = 0; expert < shape.weights(); expert++) {
      parts.add(weights.slice(1, expert, expert + 1L).expand(weights.size(0), shape.units(expert)));
    }
    return Tensor.cat(parts, 1);
  }

  /** The weight of each expert in each row. */
  public Tensor weights() {
    return weights;
  }

  /** The numbers of the rows that go through an expert, rising. */
  public int[] rows(int expert) {
    return rows.get(expert).clone();
  }

  /** What is done with an expert's rows. */
  @FunctionalInterface
  public interface Use {
    /**
     * @param rows numbers of the rows that go through the expert, rising
     * @param weight of the expert in each, {@code [rows, 1]}
     */
    void accept(int expert, Tensor rows, Tensor weight);
  }

  /** Calls once for each expert that has rows, in a scope of its own. */
  public void each(Use use) {
    for (int expert = 0; expert < rows.size(); expert++) {
      int[] own = rows.get(expert);
      if (own.length > 0) {
        try (var _ = NativeScope.open()) {
          Tensor index = Tensor.indices(own);
          use.accept(expert, index, weights.slice(1, expert, expert + 1L).indexSelect(0, index));
        }
      }
    }
  }
}
