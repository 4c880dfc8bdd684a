package dev.loupe.instrument.influence;

import dev.loupe.corpus.Document;
import dev.loupe.corpus.DocumentEncoder;
import dev.loupe.corpus.DocumentStart;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
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
import java.util.Optional;

/**
 * Many completions at once against documents in memory, by influence and by the baselines that need
 * the same gradients.
 */
public final class DocumentRanking {
  private DocumentRanking() {}

  /**
   * Scores of documents, {@code [query][document]}.
   *
   * @param influence by EK-FAC, damping a tenth of each map's mean curvature
   * @param relative the same over the norm of the document's gradient, which keeps documents of
   *     large loss from being influential for everything (compare Barshan et al. 2020, who divide
   *     by norms in the curvature)
   * @param dot gradient dot product
   * @param cosine of the gradients
   * @param refined influence by conjugate gradients, if they were asked for
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  public record Ranking(
      double[][] influence,
      double[][] relative,
      double[][] dot,
      double[][] cosine,
      Optional<Refined> refined) {}

  /**
   * Influence by the damped Gauss–Newton matrix itself.
   *
   * @param scores {@code [query][document]}
   * @param iterations of conjugate gradients
   * @param residual of the worst query, relative to its gradient
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  public record Refined(double[][] scores, int iterations, double residual) {}

  /** The residual relative to the gradient at which conjugate gradients end. */
  static final double TOLERANCE = 1e-3;

  /** A text as the model was trained on it. */
  public static Sequence document(String id, String text, LanguageModel model) {
    int start = DocumentStart.of(model.tokenizer(), model.boundaries()).token();
    DocumentEncoder encoder = new DocumentEncoder(model.tokenizer(), start, model.chatTemplate());
    return Sequence.of(id, encoder.encode(Document.text(id, text)).ids());
  }

  /**
   * Fits the curvature of the MLPs' maps to the documents and scores all of them for every query.
   *
   * @param empirical whether the labels are the documents' own tokens; drawn from the model
   *     otherwise
   * @throws dev.loupe.fault.LoupeException if the model is no GPT-2 network
   */
  public static Ranking of(
      Subject subject,
      List<Sequence> documents,
      List<Sequence> queries,
      boolean empirical,
      Run run) {
    try (SequenceGradients network = Networks.of(subject)) {
      return of(network, Networks.maps(network, false), documents, queries, empirical, 0, run);
    }
  }

  /**
   * As above, of a network's given maps.
   *
   * @param iterations of conjugate gradients; 0 for none
   */
  static Ranking of(
      SequenceGradients network,
      List<BlockMap> maps,
      List<Sequence> documents,
      List<Sequence> queries,
      boolean empirical,
      int iterations,
      Run run) {
    Map<BlockMap, MapFactors> factors =
        CurvatureFit.of(network, documents, empirical, run.seed()).factors(maps, run);
    try (var _ = NativeScope.open()) {
      return scored(network, factors, documents, queries, iterations, run);
    } finally {
      factors.values().forEach(MapFactors::close);
    }
  }

  private static Ranking scored(
      SequenceGradients network,
      Map<BlockMap, MapFactors> factors,
      List<Sequence> documents,
      List<Sequence> queries,
      int iterations,
      Run run) {
    int many = queries.size();
    Scorer scorer = new Scorer(network);
    Map<BlockMap, Tensor> gradients = scorer.gradients(queries, List.copyOf(factors.keySet()), run);
    Map<BlockMap, Double> dampings = new LinkedHashMap<>();
    Map<BlockMap, List<Tensor>> all = new LinkedHashMap<>();
    factors.forEach((map, of) -> {
      dampings.put(map, of.heuristicDamping());
      Tensor gradient = CurvatureFit.of(gradients, map);
      all.put(
          map, new ArrayList<>(List.of(of.inverses(gradient, of.heuristicDamping()), gradient)));
    });
    Optional<ConjugateGradients.Solution> solution = Optional.empty();
    if (iterations > 0) {
      ConjugateGradients solver = new ConjugateGradients(network, documents, factors, dampings);
      solution = Optional.of(solver.solve(gradients, iterations, TOLERANCE, run));
      solution.get().products().forEach((map, each) -> CurvatureFit.of(all, map).add(each));
    }
    Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
    all.forEach((map, each) -> directions.put(map, Tensor.cat(each, 0)));
    Scorer.Scores scores = scorer.score(documents, directions, run);
    double[] norms = norms(gradients, many);
    double[][] influence = table(scores, documents.size(), many, 0);
    double[][] dot = table(scores, documents.size(), many, many);
    double[][] relative = new double[many][documents.size()];
    double[][] cosine = new double[many][documents.size()];
    for (int q = 0; q < many; q++) {
      for (int n = 0; n < documents.size(); n++) {
        double norm = Math.sqrt(scores.squaredNorms()[n]);
        relative[q][n] = norm > 0 ? influence[q][n] / norm : 0;
        double both = norms[q] * norm;
        cosine[q][n] = both > 0 ? dot[q][n] / both : 0;
      }
    }
    return new Ranking(
        influence,
        relative,
        dot,
        cosine,
        solution.map(found ->
            new Refined(
                table(scores, documents.size(), many, 2 * many),
                found.iterations(),
                found.worst())));
  }

  /** The scores of some directions, {@code [query][document]}. */
  private static double[][] table(Scorer.Scores scores, int documents, int queries, int first) {
    double[][] table = new double[queries][documents];
    for (int q = 0; q < queries; q++) {
      int direction = first + q;
      Arrays.setAll(table[q], n -> scores.total(n, direction));
    }
    return table;
  }

  /** Of the queries' gradients over all maps. */
  private static double[] norms(Map<BlockMap, Tensor> gradients, int queries) {
    double[] squares = new double[queries];
    gradients
        .values()
        .forEach(each -> {
          double[] here = each.square().sum(false, 1, 2).to(DType.F64).toDoubles();
          Arrays.setAll(squares, q -> squares[q] + here[q]);
        });
    return Arrays.stream(squares).map(Math::sqrt).toArray();
  }
}
