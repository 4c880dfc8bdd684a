package dev.loupe.instrument.trace;

import dev.loupe.model.ModelWeights;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.RankCorrelation;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A trace's ranking of neurons compared with ground truth: what ablating each neuron at each
 * position does to the first explained logit in the real model ({@link ExhaustiveAblation}).
 *
 * @param neurons how many can act on the answer; all of them are ranked
 * @param listed how many of them the trace lists; the others share its last rank
 * @param amongListed Spearman of the trace's influence with the sizes of the changes over the
 *     listed neurons alone
 * @param influence the trace's own ranking
 * @param predicted the ranking by the frozen model's prediction of the ablation, over all paths
 * @param written a baseline that ignores the answer: the norm of what the neuron adds to the stream
 */
public record RankingScore(
    int neurons,
    int listed,
    Estimate amongListed,
    Ranking influence,
    Ranking predicted,
    Ranking written) {
  /** How many top ranks are compared. */
  public static final int TOP = 10;

  private static final double LEVEL = 0.95;

  /**
   * One ranking compared with ground truth.
   *
   * @param spearman with the sizes of the measured changes, over all neurons
   * @param overlap how many of its first {@link #TOP} are among the {@link #TOP} of largest change
   * @param captured the changes of its first {@link #TOP}, as a share of the {@link #TOP} largest
   */
  public record Ranking(Estimate spearman, int overlap, double captured) {
    /**
     * Compares.
     *
     * @param scores larger is earlier; those at 0 share the last rank and are never first
     * @param sizes of the changes
     */
    static Ranking of(double[] scores, double[] sizes) {
      List<Integer> first = first(scores);
      List<Integer> largest = first(sizes);
      Set<Integer> both = new HashSet<>(first);
      both.retainAll(largest);
      double reached = first.stream().mapToDouble(neuron -> sizes[neuron]).sum();
      double most = largest.stream().mapToDouble(neuron -> sizes[neuron]).sum();
      return new Ranking(
          RankCorrelation.spearman(scores, sizes, LEVEL),
          both.size(),
          most == 0 ? 0 : reached / most);
    }

    private static List<Integer> first(double[] scores) {
      return IntStream.range(0, scores.length)
          .filter(neuron -> scores[neuron] > 0)
          .boxed()
          .sorted(Comparator.comparingDouble(neuron -> -scores[neuron]))
          .limit(TOP)
          .toList();
    }
  }

  /**
   * Measures a trace of one target.
   *
   * @param model that was traced
   */
  public static RankingScore of(Transformer model, TraceReport report) {
    int[] ids = report.readIds();
    Node.Logit logit = report.firstLogit();
    ExhaustiveAblation ablation = new ExhaustiveAblation(model, ids);
    NeuronGrid grid = ablation.grid();
    ExhaustiveAblation.Effects effects = ablation.run(logit.token(), logit.against(), _ -> {});
    double[] sizes = sizes(effects.changes());
    double[] influence = new double[grid.size()];
    List<Integer> listed = new ArrayList<>();
    for (int node = 0; node < report.graph().nodes().size(); node++) {
      if (report.graph().nodes().get(node) instanceof Node.Feature neuron) {
        influence[grid.index(neuron)] = report.pruned().influence(node);
        listed.add(grid.index(neuron));
      }
    }
    return new RankingScore(
        grid.size(),
        listed.size(),
        RankCorrelation.spearman(only(listed, influence), only(listed, sizes), LEVEL),
        Ranking.of(influence, sizes),
        Ranking.of(sizes(predicted(model, ids, grid, effects.activations(), logit)), sizes),
        Ranking.of(written(model, grid, effects.activations()), sizes));
  }

  private static double[] only(List<Integer> neurons, double[] values) {
    return neurons.stream().mapToDouble(neuron -> values[neuron]).toArray();
  }

  private static double[] sizes(double[] changes) {
    return Arrays.stream(changes).map(Math::abs).toArray();
  }

  private static double[] predicted(
      Transformer model, int[] ids, NeuronGrid grid, double[] activations, Node.Logit logit) {
    List<Node.Feature> neurons = new ArrayList<>();
    for (int layer = 0; layer < grid.layers(); layer++) {
      for (int position = grid.firstPosition(layer); position < grid.positions(); position++) {
        for (int unit = 0; unit < grid.units(); unit++) {
          float held = (float) activations[grid.index(layer, position, unit)];
          neurons.add(new Node.Feature(layer, position, unit, held, 0, 0));
        }
      }
    }
    int at = ids.length - 1;
    List<LogitTargets.Chosen> chosen =
        List.of(new LogitTargets.Chosen(logit.token(), logit.against()));
    try (FrozenRun run = FrozenRun.of(model, ids);
        LogitTargets targets = LogitTargets.of(model, run, at, chosen);
        var _ = NativeScope.open()) {
      return PredictedEffects.ofNeurons(model, run, neurons, targets.directions().select(0, 0), at);
    }
  }

  private static double[] written(Transformer model, NeuronGrid grid, double[] activations) {
    double[] lengths = new double[grid.size()];
    for (int layer = 0; layer < grid.layers(); layer++) {
      double[] columns;
      try (var _ = NativeScope.open()) {
        ModelWeights.Layer parts = model.weights().layer(layer);
        int[] all = IntStream.range(0, grid.units()).toArray();
        Tensor rows = parts.mlp().decoders(all); // [d_mlp, d_model]
        columns = rows.square().sum(false, 1).sqrt().toDoubles();
      }
      for (int position = grid.firstPosition(layer); position < grid.positions(); position++) {
        for (int unit = 0; unit < grid.units(); unit++) {
          int neuron = grid.index(layer, position, unit);
          lengths[neuron] = Math.abs(activations[neuron]) * columns[unit];
        }
      }
    }
    return lengths;
  }
}
