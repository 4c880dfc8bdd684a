package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The clean prompt with one node of a layer ablated in each run, and what the features of the next
 * layer then are: the measured edges of a circuit.
 */
public final class LayerRuns {
  private static final int TOKENS_AT_ONCE = 2048;

  private final Transformer model;
  private final FeatureBasis basis;
  private final PromptRun clean;

  /** Runs over a prompt. */
  public LayerRuns(Transformer model, FeatureBasis basis, PromptRun clean) {
    this.model = model;
    this.basis = basis;
    this.clean = clean;
  }

  /**
   * By how much nodes of the next layer change when a node of a layer is ablated: {@code
   * [node][next]}.
   *
   * @param nodes of one layer
   * @param next nodes of the next layer that has features
   * @param withoutErrors whose errors are taken out at every position of the layer, before and
   *     after; empty to keep them
   */
  public double[][] changes(
      List<FeatureAt> nodes,
      List<FeatureAt> next,
      Reference reference,
      Optional<Reference> withoutErrors) {
    double[][] changes = new double[nodes.size()][next.size()];
    if (nodes.isEmpty() || next.isEmpty()) {
      return changes;
    }
    int layer = nodes.getFirst().layer();
    int length = clean.ids().length;
    int atOnce = Math.max(2, TOKENS_AT_ONCE / length);
    for (int from = 0; from < nodes.size(); from += atOnce - 1) {
      List<FeatureAt> some = nodes.subList(from, Math.min(nodes.size(), from + atOnce - 1));
      List<SparseActivations> seen = new ArrayList<>();
      Hooks hooks =
          ablating(layer, some, reference, withoutErrors)
              .and(
                  Hooks.observe(
                      basis.reads(next.getFirst().layer()),
                      value ->
                          seen.add(
                              basis.encode(
                                  next.getFirst().layer(),
                                  value.reshape(value.count() / value.size(2), value.size(2))))));
      try (var _ = NativeScope.open()) {
        model.observe(copies(some.size() + 1), hooks);
      }
      SparseActivations after = seen.getFirst();
      for (int row = 0; row < some.size(); row++) {
        for (int column = 0; column < next.size(); column++) {
          FeatureAt node = next.get(column);
          changes[from + row][column] =
              after.at(row * length + node.position(), node.feature())
                  - after.at(some.size() * length + node.position(), node.feature());
        }
      }
    }
    return changes;
  }

  /**
   * The logits after the last token with each node ablated and the errors of its layer taken out,
   * then with the errors taken out alone: {@code [node + 1][d_vocab]}.
   *
   * @param nodes of one layer
   */
  public double[][] logitsWithoutErrors(
      int layer, List<FeatureAt> nodes, Reference reference, Reference errors) {
    double[][] logits = new double[nodes.size() + 1][];
    int atOnce = Math.max(2, TOKENS_AT_ONCE / clean.ids().length);
    for (int from = 0; from <= nodes.size(); from += atOnce - 1) {
      List<FeatureAt> some = nodes.subList(from, Math.min(nodes.size(), from + atOnce - 1));
      try (var _ = NativeScope.open()) {
        Tensor hidden =
            model.hidden(
                copies(some.size() + 1),
                ablating(layer, some, reference, Optional.of(errors)),
                null);
        int length = clean.ids().length;
        double[] flat = model.unembed(hidden.slice(1, length - 1L, length)).toDoubles();
        int width = flat.length / (some.size() + 1);
        for (int row = 0; row <= some.size(); row++) {
          int at = row == some.size() ? nodes.size() : from + row;
          logits[at] = Arrays.copyOfRange(flat, row * width, (row + 1) * width);
        }
      }
    }
    return logits;
  }

  private TokenBatch copies(int count) {
    return TokenBatch.of(Collections.nCopies(count, clean.ids()).toArray(int[][]::new));
  }

  /** One node in each row; the last row is left as it is. */
  private Hooks ablating(
      int layer, List<FeatureAt> nodes, Reference reference, Optional<Reference> withoutErrors) {
    int[] features = nodes.stream().mapToInt(FeatureAt::feature).toArray();
    double[] deltas =
        nodes.stream().mapToDouble(node -> reference.value(node) - clean.at(node)).toArray();
    Hooks hooks = Hooks.NONE;
    for (Tap target : basis.writes(layer)) {
      boolean isOwn = target.equals(basis.writes(layer).getFirst());
      hooks =
          hooks.and(
              Hooks.replace(
                  target,
                  value -> {
                    Tensor changed = value.copy();
                    try (var _ = NativeScope.open()) {
                      if (isOwn && withoutErrors.isPresent()) {
                        changed.plusInPlace(
                            withoutErrors.get().error(target).to(changed.dtype()), -1);
                      }
                      if (features.length > 0) {
                        Tensor rows =
                            Tensor.of(deltas, deltas.length, 1)
                                .to(basis.dtype())
                                .times(basis.decoderRows(layer, target, features))
                                .to(changed.dtype());
                        for (int row = 0; row < features.length; row++) {
                          changed
                              .select(0, row)
                              .select(0, nodes.get(row).position())
                              .plusInPlace(rows.select(0, row));
                        }
                      }
                    }
                    return changed;
                  }));
    }
    return hooks;
  }
}
