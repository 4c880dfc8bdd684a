package dev.loupe.instrument.influence;

import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Scores sequences by the inner product of their gradients with given directions. Along a query's
 * inverse-Hessian-vector product that is its influence: positive when more weight on the sequence
 * lowers the query's loss. Along its gradient it is the baseline of the gradient dot product.
 */
final class Scorer {
  private final SequenceGradients network;

  Scorer(SequenceGradients network) {
    this.network = network;
  }

  /** The gradient of one sequence's loss by each map, {@code [out, in + 1]}; close each. */
  Map<BlockMap, Tensor> gradient(Sequence query, List<BlockMap> maps) {
    Map<BlockMap, Tensor> found = new LinkedHashMap<>();
    network.ofTruth(
        List.of(query.tokens()),
        List.of(query.counts()),
        Set.copyOf(maps),
        (map, a, g) -> found.put(map, MapFactors.gradients(a, g).select(0, 0).copy().retain()));
    return found;
  }

  /** The gradients of several queries by each map, {@code [query, out, in + 1]}. */
  Map<BlockMap, Tensor> gradients(List<Sequence> queries, List<BlockMap> maps, Run run) {
    Map<BlockMap, Tensor> stacked = new LinkedHashMap<>();
    for (BlockMap map : maps) {
      SequenceGradients.MapSize size = network.size(map);
      stacked.put(
          map, Tensor.empty(network.dtype(), queries.size(), size.outputs(), size.columns()));
    }
    for (int q = 0; q < queries.size(); q++) {
      run.check();
      int query = q;
      network.ofTruth(
          List.of(queries.get(q).tokens()),
          List.of(queries.get(q).counts()),
          Set.copyOf(maps),
          (map, a, g) ->
              CurvatureFit.of(stacked, map)
                  .slice(0, query, query + 1)
                  .copyInPlace(MapFactors.gradients(a, g)));
    }
    return stacked;
  }

  /**
   * Scores of every sequence.
   *
   * @param byMap {@code [map][sequence][direction]}, maps as they were given
   * @param squaredNorms of the gradients over all maps, {@code [sequence]}
   * @param loss summed over all sequences, in nats
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Scores(double[][][] byMap, double[] squaredNorms, double loss) {
    /** Adds scores of the same sequences and maps along as many directions or fewer. */
    void add(Scores others) {
      for (int m = 0; m < byMap.length; m++) {
        for (int n = 0; n < byMap[m].length; n++) {
          for (int d = 0; d < others.byMap[m][n].length; d++) {
            byMap[m][n][d] += others.byMap[m][n][d];
          }
        }
      }
    }

    /** Over all maps. */
    double total(int sequence, int direction) {
      double sum = 0;
      for (double[][] map : byMap) {
        sum += map[sequence][direction];
      }
      return sum;
    }
  }

  /**
   * @param directions for each map some, {@code [direction, out, in + 1]}
   */
  Scores score(List<Sequence> sequences, Map<BlockMap, Tensor> directions, Run run) {
    return score(
        sequences, directions, CurvatureFit.pass(network, sequences, true, run.seed()), run);
  }

  /**
   * The same by a given pass over the sequences.
   *
   * @param pass with the labels that the sequences have
   */
  Scores score(
      List<Sequence> sequences, Map<BlockMap, Tensor> directions, CurvatureFit.Pass pass, Run run) {
    List<BlockMap> maps = List.copyOf(directions.keySet());
    double[][][] byMap = new double[maps.size()][sequences.size()][];
    double[] norms = new double[sequences.size()];
    double loss = 0;
    long done = 0;
    try (var _ = NativeScope.open();
        Steps steps = run.steps("scoring", Counted.DOCUMENTS, sequences.size())) {
      Map<BlockMap, Tensor> flat = new HashMap<>();
      directions.forEach((map, all) -> flat.put(map, all.reshape(all.size(0), -1).transpose(0, 1)));
      for (int[] numbers : Sequence.batches(sequences, CurvatureFit.BATCH_TOKENS)) {
        loss +=
            pass.of(
                numbers,
                directions.keySet(),
                (map, a, g) ->
                    score(
                        a,
                        g,
                        CurvatureFit.of(flat, map),
                        numbers,
                        byMap[maps.indexOf(map)],
                        norms));
        done += numbers.length;
        steps.at(done);
      }
    }
    return new Scores(byMap, norms, loss);
  }

  /**
   * Squared gradients and loss without any direction.
   *
   * @param meanSquare of the gradient's norm over all maps, mean over sequences
   * @param loss summed over all sequences, in nats
   */
  record Norms(double meanSquare, double loss) {}

  /** The squared norm of {@code Σ_t g_t a_tᵀ} is {@code Σ_{s,t} (g_s·g_t)(a_s·a_t)}. */
  Norms norms(List<Sequence> sequences, List<BlockMap> maps, Run run) {
    double[] sums = new double[1];
    double loss = 0;
    long done = 0;
    try (Steps steps = run.steps("loss and norms", Counted.DOCUMENTS, sequences.size())) {
      for (int[] numbers : Sequence.batches(sequences, CurvatureFit.BATCH_TOKENS)) {
        List<Sequence> chosen = CurvatureFit.chosen(sequences, numbers);
        loss +=
            network.ofTruth(
                chosen.stream().map(Sequence::tokens).toList(),
                chosen.stream().map(Sequence::counts).toList(),
                Set.copyOf(maps),
                (_, a, g) -> {
                  Tensor inputs = a;
                  Tensor ofInputs = inputs.matmul(inputs.transpose(1, 2));
                  Tensor ofGradients = g.matmul(g.transpose(1, 2));
                  sums[0] += ofInputs.times(ofGradients).to(DType.F64).sum().item();
                });
        done += numbers.length;
        steps.at(done);
      }
    }
    return new Norms(sums[0] / Math.max(1, sequences.size()), loss);
  }

  private static void score(
      Tensor a, Tensor g, Tensor directions, int[] numbers, double[][] scores, double[] norms) {
    // As many as there are directions, which are read once for all of them.
    int together = Math.max(MapFactors.together(a, g), directions.size(1));
    MapFactors.eachGradients(
        a,
        g,
        together,
        (from, some) -> {
          Tensor gradients = some.reshape(some.size(0), -1);
          double[] products = gradients.matmul(directions).toDoubles();
          double[] squares = gradients.timesInPlace(gradients).sum(false, 1).toDoubles();
          int width = products.length / squares.length;
          for (int i = 0; i < squares.length; i++) {
            scores[numbers[from + i]] = Arrays.copyOfRange(products, i * width, (i + 1) * width);
            norms[numbers[from + i]] += squares[i];
          }
        });
  }

  /**
   * A sequence's score split by the position at which the maps were evaluated: {@code Σ_map g_tᵀ X
   * a_t}.
   *
   * @param direction X of each map, {@code [out, in + 1]}
   * @return {@code [pos]}
   */
  double[] byToken(Sequence sequence, Map<BlockMap, Tensor> direction) {
    double[] sums = new double[sequence.tokens().length];
    network.ofTruth(
        List.of(sequence.tokens()),
        List.of(sequence.counts()),
        direction.keySet(),
        (map, a, g) -> {
          Tensor read = g.select(0, 0).matmul(CurvatureFit.of(direction, map));
          double[] here = read.times(a.select(0, 0)).sum(false, 1).to(DType.F64).toDoubles();
          for (int t = 0; t < here.length; t++) {
            sums[t] += here[t];
          }
        });
    return sums;
  }
}
