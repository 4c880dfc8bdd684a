package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.model.Transformer;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Searches that leave nodes out while the circuit's answer stays near the model's. */
public final class Pruning {
  private static final double SHARE = 0.08;
  private static final int WINDOW = 10;

  private final CircuitRuns runs;
  private final TokenPair pair;
  private final PromptRun clean;
  private final Reference reference;

  /** Circuits of one prompt. */
  public Pruning(
      Transformer model,
      FeatureBasis basis,
      Errors errors,
      TokenPair pair,
      PromptRun clean,
      Reference reference) {
    this.runs = new CircuitRuns(model, basis, errors);
    this.pair = pair;
    this.clean = clean;
    this.reference = reference;
  }

  /**
   * A circuit, and how close its decisions were.
   *
   * @param kept numbers of nodes, rising
   * @param order in which nodes were tried
   * @param changes of the measure when each was tried, in that order
   * @param margin the least distance of a change from the threshold: sets flip where it is within
   *     rounding
   * @param value the measure of the circuit
   */
  @SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
  public record Pruned(
      List<Integer> kept, int[] order, double[] changes, double margin, double value) {}

  /**
   * One pass, from the last layer to the first, inside a layer by rising |score|: a node goes when
   * that raises the divergence from the model by less than a threshold, or moves the metric by less
   * (ACDC's rule over nodes; the order matters).
   *
   * @param nodes all that may be kept; other features are ablated from the start
   * @param by {@link Metric#KL}, or the metric whose absolute change counts
   */
  public Pruned greedy(List<FeatureAt> nodes, double[] scores, double threshold, Metric by) {
    int[] order =
        IntStream.range(0, nodes.size())
            .boxed()
            .sorted(
                Comparator.comparingInt((Integer i) -> -nodes.get(i).layer())
                    .thenComparingDouble(i -> Math.abs(scores[i])))
            .mapToInt(Integer::intValue)
            .toArray();
    Set<Integer> kept = new HashSet<>(IntStream.range(0, nodes.size()).boxed().toList());
    double current = value(nodes, kept, by);
    double margin = Double.POSITIVE_INFINITY;
    double[] changes = new double[order.length];
    for (int i = 0; i < order.length; i++) {
      kept.remove(order[i]);
      double without = value(nodes, kept, by);
      changes[i] = by == Metric.KL ? current - without : Math.abs(without - current);
      margin = Math.min(margin, Math.abs(changes[i] - threshold));
      if (changes[i] < threshold) {
        current = without;
      } else {
        kept.add(order[i]);
      }
    }
    return new Pruned(kept.stream().sorted().toList(), order, changes, margin, current);
  }

  private double value(List<FeatureAt> nodes, Set<Integer> kept, Metric by) {
    NodeSet circuit = NodeSet.at(kept.stream().map(nodes::get).toList());
    double[] logits =
        runs.logits(List.of(CircuitRuns.Row.keeping(pair.clean(), reference, circuit))).getFirst();
    return by.value(logits, pair, clean.logits());
  }

  /**
   * The order in which one layer's nodes were removed.
   *
   * @param removed numbers of nodes, the first that went first
   * @param sizes before each removal
   * @param divergences of the circuit before each removal, in nats
   */
  @SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
  public record Rounds(List<Integer> removed, int[] sizes, double[] divergences) {
    /**
     * The nodes kept, from the last removed backwards: it stops behind the first circuit whose
     * divergence is below a threshold, or before one that diverges more than the mean of the ten
     * before it.
     */
    public List<Integer> kept(double threshold) {
      List<Integer> kept = new ArrayList<>();
      List<Double> before = new ArrayList<>();
      for (int i = removed.size() - 1; i >= 0; i--) {
        if (before.size() >= WINDOW
            && divergences[i]
                > before.subList(before.size() - WINDOW, before.size()).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElseThrow()) {
          break;
        }
        kept.add(removed.get(i));
        if (divergences[i] < threshold) {
          break;
        }
        before.add(divergences[i]);
      }
      return kept.stream().sorted().toList();
    }
  }

  /**
   * One layer by itself, all others free, its errors removed: in each round the 8% of the nodes go
   * whose single removal raises the divergence least (the gpt-circuits application's search, with
   * zero ablation).
   *
   * @param nodes of one layer
   */
  public Rounds rounds(List<FeatureAt> nodes) {
    List<Integer> left = new ArrayList<>(IntStream.range(0, nodes.size()).boxed().toList());
    List<Integer> removed = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    List<Double> divergences = new ArrayList<>();
    while (!left.isEmpty()) {
      double now = divergences(nodes, List.of(left))[0];
      List<List<Integer>> without =
          left.stream().map(i -> left.stream().filter(j -> !j.equals(i)).toList()).toList();
      double[] each = divergences(nodes, without);
      int take = (int) Math.ceil(left.size() * SHARE);
      List<Integer> gone =
          IntStream.range(0, left.size())
              .boxed()
              .sorted(Comparator.comparingDouble(i -> each[i]))
              .limit(take)
              .map(left::get)
              .toList();
      for (int node : gone) {
        removed.add(node);
        sizes.add(left.size());
        divergences.add(now);
      }
      left.removeAll(gone);
    }
    return new Rounds(
        removed,
        sizes.stream().mapToInt(Integer::intValue).toArray(),
        divergences.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private double[] divergences(List<FeatureAt> nodes, List<List<Integer>> sets) {
    List<CircuitRuns.Row> rows =
        sets.stream()
            .map(set ->
                CircuitRuns.Row.keeping(
                    pair.clean(), reference, NodeSet.at(set.stream().map(nodes::get).toList())))
            .toList();
    int layer = nodes.getFirst().layer();
    return runs.logits(rows, List.of(layer)).stream()
        .mapToDouble(logits -> Metric.divergence(clean.logits(), logits))
        .toArray();
  }
}
