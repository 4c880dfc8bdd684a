package dev.loupe.instrument.influence;

import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;

/**
 * Inverse-Hessian-vector products beyond EK-FAC: conjugate gradients on the damped Gauss–Newton
 * matrix of the documents, {@code (1/N) Σ Jᵀ (diag p − p pᵀ) J + λ}, preconditioned by EK-FAC,
 * whose product is the first step's direction. All queries share the passes over the documents.
 */
final class ConjugateGradients {
  private final SequenceGradients network;
  private final List<Sequence> documents;
  private final Map<BlockMap, MapFactors> factors;
  private final Map<BlockMap, Double> dampings = new LinkedHashMap<>();

  /**
   * @param documents over which the matrix is the mean
   * @param dampings λ of each map
   */
  ConjugateGradients(
      SequenceGradients network,
      List<Sequence> documents,
      Map<BlockMap, MapFactors> factors,
      Map<BlockMap, Double> dampings) {
    this.network = network;
    this.documents = documents;
    this.factors = factors;
    this.dampings.putAll(dampings);
  }

  /**
   * What was reached.
   *
   * @param products by map, {@code [query, out, in + 1]}; a scope owns them
   * @param iterations made
   * @param residuals of each query relative to its gradient, both by the length that EK-FAC's
   *     inverse gives them
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Solution(Map<BlockMap, Tensor> products, int iterations, double[] residuals) {
    double worst() {
      return Arrays.stream(residuals).max().orElse(0);
    }
  }

  /**
   * Solves for all queries at once.
   *
   * @param gradients by map, {@code [query, out, in + 1]}
   * @param most iterations at most
   * @param tolerance of the residual relative to the gradient, at which it ends
   */
  Solution solve(Map<BlockMap, Tensor> gradients, int most, double tolerance, Run run) {
    return solve(gradients, most, tolerance, run, (_, _) -> {});
  }

  /** As above; takes the products after every iteration, which change with the next. */
  Solution solve(
      Map<BlockMap, Tensor> gradients,
      int most,
      double tolerance,
      Run run,
      ObjIntConsumer<Map<BlockMap, Tensor>> after) {
    int queries = gradients.values().iterator().next().size(0);
    Map<BlockMap, Tensor> solution = new LinkedHashMap<>();
    Map<BlockMap, Tensor> residual = new LinkedHashMap<>();
    gradients.forEach((map, gradient) -> {
      solution.put(map, Tensor.zeros(gradient.dtype(), gradient.shape()));
      residual.put(map, gradient.copy());
    });
    Map<BlockMap, Tensor> direction = preconditioned(residual);
    double[] reduced = inner(residual, direction);
    double[] norms = reduced.clone();
    double[] left = new double[queries];
    Arrays.fill(left, 1);
    int made = 0;
    try (Steps steps = run.steps("conjugate gradients", Counted.STEPS, most)) {
      while (made < most && Arrays.stream(left).max().orElse(0) > tolerance) {
        try (var _ = NativeScope.open()) {
          Map<BlockMap, Tensor> product = product(direction, queries, run);
          double[] along = inner(direction, product);
          add(solution, direction, ratios(reduced, along, 1));
          add(residual, product, ratios(reduced, along, -1));
          Map<BlockMap, Tensor> next = preconditioned(residual);
          double[] now = inner(residual, next);
          Tensor kept = column(ratios(now, reduced, 1), direction);
          direction.forEach((map, each) ->
              each.timesInPlace(kept.to(each.dtype())).plusInPlace(CurvatureFit.of(next, map)));
          reduced = now;
          for (int q = 0; q < queries; q++) {
            left[q] = norms[q] > 0 ? Math.sqrt(Math.max(0, now[q]) / norms[q]) : 0;
          }
        }
        steps.at(++made);
        after.accept(solution, made);
      }
    }
    return new Solution(solution, made, left);
  }

  /** EK-FAC's inverse of each query's vector. */
  private Map<BlockMap, Tensor> preconditioned(Map<BlockMap, Tensor> vectors) {
    Map<BlockMap, Tensor> found = new LinkedHashMap<>();
    vectors.forEach((map, all) ->
        found.put(
            map, CurvatureFit.of(factors, map).inverses(all, CurvatureFit.of(dampings, map))));
    return found;
  }

  /** The damped matrix times each query's direction. */
  private Map<BlockMap, Tensor> product(Map<BlockMap, Tensor> direction, int queries, Run run) {
    Map<BlockMap, Tensor> sums = new LinkedHashMap<>();
    List<Map<BlockMap, Tensor>> byQuery = new ArrayList<>();
    for (int q = 0; q < queries; q++) {
      Map<BlockMap, Tensor> one = new LinkedHashMap<>();
      int query = q;
      direction.forEach((map, all) -> one.put(map, all.select(0, query)));
      byQuery.add(one);
    }
    direction.forEach((map, all) -> sums.put(map, Tensor.zeros(all.dtype(), all.shape())));
    for (int[] numbers : Sequence.batches(documents, CurvatureFit.BATCH_TOKENS)) {
      run.check();
      List<Sequence> chosen = CurvatureFit.chosen(documents, numbers);
      network.ofCurvature(
          chosen.stream().map(Sequence::tokens).toList(),
          chosen.stream().map(Sequence::counts).toList(),
          byQuery,
          (query, map, a, g) -> {
            Tensor inputs = a.reshape(-1, a.size(2));
            Tensor outputs = g.reshape(-1, g.size(2)).transpose(0, 1);
            CurvatureFit.of(sums, map).select(0, query).plusInPlace(outputs.matmul(inputs));
          });
    }
    sums.forEach((map, sum) ->
        sum.timesInPlace(1.0 / Math.max(1, documents.size()))
            .plusInPlace(CurvatureFit.of(direction, map), CurvatureFit.of(dampings, map)));
    return sums;
  }

  /** Inner products over all maps, {@code [query]}. */
  private static double[] inner(Map<BlockMap, Tensor> x, Map<BlockMap, Tensor> y) {
    double[] sums = new double[x.values().iterator().next().size(0)];
    try (var _ = NativeScope.open()) {
      x.forEach((map, all) -> {
        double[] here =
            all.times(CurvatureFit.of(y, map)).to(DType.F64).sum(false, 1, 2).toDoubles();
        Arrays.setAll(sums, q -> sums[q] + here[q]);
      });
    }
    return sums;
  }

  private static double[] ratios(double[] above, double[] below, double sign) {
    double[] ratios = new double[above.length];
    // A query that is solved exactly has nothing left to divide.
    Arrays.setAll(ratios, q -> below[q] == 0 ? 0 : sign * above[q] / below[q]);
    return ratios;
  }

  private static Tensor column(double[] factors, Map<BlockMap, Tensor> like) {
    return Tensor.of(factors, factors.length, 1, 1).to(like.values().iterator().next().dtype());
  }

  private static void add(
      Map<BlockMap, Tensor> sums, Map<BlockMap, Tensor> vectors, double[] factors) {
    Tensor column = column(factors, vectors);
    sums.forEach((map, sum) -> sum.plusInPlace(CurvatureFit.of(vectors, map).times(column)));
  }
}
