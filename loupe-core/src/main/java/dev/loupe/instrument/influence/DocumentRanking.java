package dev.loupe.instrument.influence;

import dev.loupe.corpus.Document;
import dev.loupe.corpus.DocumentEncoder;
import dev.loupe.corpus.DocumentStart;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
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

  /**
   * How far conjugate gradients go.
   *
   * @param iterations 0 for none
   * @param damping in means of each map's curvature
   */
  record Refining(int iterations, double damping) {
    static final Refining NONE = new Refining(0, MapFactors.DAMPING);
  }

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
      return of(
          network,
          Networks.maps(network, false),
          documents,
          queries,
          empirical,
          Refining.NONE,
          run);
    }
  }

  /**
   * As above, of a network's given maps.
   *
   * @param refining by conjugate gradients too
   */
  static Ranking of(
      SequenceGradients network,
      List<BlockMap> maps,
      List<Sequence> documents,
      List<Sequence> queries,
      boolean empirical,
      Refining refining,
      Run run) {
    try (KeptPass pass = KeptPass.of(CurvatureFit.pass(network, documents, empirical, run.seed()));
        var _ = NativeScope.open()) {
      Asked asked = asked(network, maps, documents, queries, pass, true, refining, run);
      Scorer.Scores scores = scored(network, asked.directions(), documents, empirical, pass, run);
      return ranking(scores, documents.size(), asked);
    }
  }

  /**
   * Influence alone, {@code [query][document]}.
   *
   * @param empirical as above
   */
  public static double[][] influence(
      Subject subject,
      List<Sequence> documents,
      List<Sequence> queries,
      boolean empirical,
      Run run) {
    try (SequenceGradients network = Networks.of(subject);
        KeptPass pass = KeptPass.of(CurvatureFit.pass(network, documents, empirical, run.seed()));
        var _ = NativeScope.open()) {
      List<BlockMap> maps = Networks.maps(network, false);
      Asked asked = asked(network, maps, documents, queries, pass, false, Refining.NONE, run);
      return table(
          scored(network, asked.directions(), documents, empirical, pass, run),
          documents.size(),
          queries.size(),
          0);
    }
  }

  /** Empirical labels are those by which documents are scored, so that their pass serves again. */
  private static Scorer.Scores scored(
      SequenceGradients network,
      Map<BlockMap, Tensor> directions,
      List<Sequence> documents,
      boolean empirical,
      KeptPass pass,
      Run run) {
    Scorer scorer = new Scorer(network);
    return empirical
        ? scorer.score(documents, directions, pass, run)
        : scorer.score(documents, directions, run);
  }

  /**
   * What documents are scored along.
   *
   * @param directions by map: for each query the inverse-Hessian-vector product, then its gradient
   *     and the refined product where they were asked for
   * @param norms of the queries' gradients
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  private record Asked(
      Map<BlockMap, Tensor> directions,
      double[] norms,
      Optional<ConjugateGradients.Solution> solution) {}

  private static Asked asked(
      SequenceGradients network,
      List<BlockMap> maps,
      List<Sequence> documents,
      List<Sequence> queries,
      KeptPass pass,
      boolean baselines,
      Refining refining,
      Run run) {
    Map<BlockMap, MapFactors> factors =
        new CurvatureFit(network, documents, pass).factors(maps, run);
    try (var scope = NativeScope.open()) {
      Map<BlockMap, Tensor> gradients = new Scorer(network).gradients(queries, maps, run);
      Optional<ConjugateGradients.Solution> solution = Optional.empty();
      if (refining.iterations() > 0) {
        Map<BlockMap, Double> dampings = new LinkedHashMap<>();
        factors.forEach((map, of) -> dampings.put(map, of.damping(refining.damping())));
        ConjugateGradients solver = new ConjugateGradients(network, documents, factors, dampings);
        solution = Optional.of(solver.solve(gradients, refining.iterations(), TOLERANCE, run));
      }
      Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
      double[] norms = norms(gradients, queries.size());
      for (BlockMap map : maps) {
        MapFactors of = CurvatureFit.of(factors, map);
        Tensor gradient = CurvatureFit.of(gradients, map);
        Optional<Tensor> refined = solution.map(found -> CurvatureFit.of(found.products(), map));
        directions.put(
            map,
            scope.keep(
                baselines
                    ? together(of, gradient, refined)
                    : of.invertInPlace(gradient, of.heuristicDamping())));
      }
      return new Asked(directions, norms, solution);
    } finally {
      factors.values().forEach(MapFactors::close);
    }
  }

  private static Tensor together(MapFactors of, Tensor gradient, Optional<Tensor> refined) {
    try (var scope = NativeScope.open()) {
      List<Tensor> all = new ArrayList<>();
      all.add(of.inverses(gradient, of.heuristicDamping()));
      all.add(gradient);
      refined.ifPresent(all::add);
      return scope.keep(Tensor.cat(all, 0));
    }
  }

  private static Ranking ranking(Scorer.Scores scores, int documents, Asked asked) {
    int many = asked.norms().length;
    double[][] influence = table(scores, documents, many, 0);
    double[][] dot = table(scores, documents, many, many);
    double[][] relative = new double[many][documents];
    double[][] cosine = new double[many][documents];
    for (int q = 0; q < many; q++) {
      for (int n = 0; n < documents; n++) {
        double norm = Math.sqrt(scores.squaredNorms()[n]);
        relative[q][n] = norm > 0 ? influence[q][n] / norm : 0;
        double both = asked.norms()[q] * norm;
        cosine[q][n] = both > 0 ? dot[q][n] / both : 0;
      }
    }
    return new Ranking(
        influence,
        relative,
        dot,
        cosine,
        asked
            .solution()
            .map(found ->
                new Refined(
                    table(scores, documents, many, 2 * many), found.iterations(), found.worst())));
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
    for (Tensor each : gradients.values()) {
      for (int q = 0; q < queries; q++) {
        double norm = each.select(0, q).norm();
        squares[q] += norm * norm;
      }
    }
    return Arrays.stream(squares).map(Math::sqrt).toArray();
  }
}
