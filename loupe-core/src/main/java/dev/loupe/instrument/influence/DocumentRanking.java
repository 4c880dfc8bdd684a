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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  public record Ranking(
      double[][] influence, double[][] relative, double[][] dot, double[][] cosine) {}

  /** A text as the model was trained on it. */
  public static Sequence document(String id, String text, LanguageModel model) {
    int start = DocumentStart.of(model.tokenizer(), model.boundaries()).token();
    DocumentEncoder encoder = new DocumentEncoder(model.tokenizer(), start, model.chatTemplate());
    return Sequence.of(id, encoder.encode(Document.text(id, text)).ids());
  }

  /**
   * Fits the curvature of the MLPs' maps to the documents, with labels drawn from the model, and
   * scores all of them for every query.
   *
   * @throws dev.loupe.fault.LoupeException if the model is no GPT-2 network
   */
  public static Ranking of(
      Subject subject, List<Sequence> documents, List<Sequence> queries, Run run) {
    try (SequenceGradients network = Networks.of(subject);
        var _ = NativeScope.open()) {
      List<BlockMap> maps = Networks.maps(network, false);
      Map<BlockMap, MapFactors> factors =
          CurvatureFit.of(network, documents, false, run.seed()).factors(maps, run);
      try {
        return scored(new Scorer(network), factors, documents, queries, run);
      } finally {
        factors.values().forEach(MapFactors::close);
      }
    }
  }

  private static Ranking scored(
      Scorer scorer,
      Map<BlockMap, MapFactors> factors,
      List<Sequence> documents,
      List<Sequence> queries,
      Run run) {
    int many = queries.size();
    Map<BlockMap, List<Tensor>> all = new LinkedHashMap<>();
    factors.keySet().forEach(map -> all.put(map, new ArrayList<>()));
    double[] norms = new double[many];
    for (int q = 0; q < many; q++) {
      run.check();
      int query = q;
      Map<BlockMap, Tensor> gradients =
          scorer.gradient(queries.get(q), List.copyOf(factors.keySet()));
      try {
        gradients.forEach((map, gradient) -> {
          MapFactors of = CurvatureFit.of(factors, map);
          Tensor product = of.inverse(gradient, of.heuristicDamping());
          CurvatureFit.of(all, map).add(Tensor.stack(List.of(product, gradient), 0));
          norms[query] += gradient.square().sum().item();
        });
      } finally {
        gradients.values().forEach(Tensor::close);
      }
    }
    Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
    all.forEach((map, each) -> directions.put(map, Tensor.cat(each, 0)));
    Scorer.Scores scores = scorer.score(documents, directions, run);
    double[][] influence = new double[many][documents.size()];
    double[][] relative = new double[many][documents.size()];
    double[][] dot = new double[many][documents.size()];
    double[][] cosine = new double[many][documents.size()];
    for (int q = 0; q < many; q++) {
      for (int n = 0; n < documents.size(); n++) {
        influence[q][n] = scores.total(n, 2 * q);
        dot[q][n] = scores.total(n, 2 * q + 1);
        double norm = Math.sqrt(scores.squaredNorms()[n]);
        relative[q][n] = norm > 0 ? influence[q][n] / norm : 0;
        double both = Math.sqrt(norms[q] * scores.squaredNorms()[n]);
        cosine[q][n] = both > 0 ? dot[q][n] / both : 0;
      }
    }
    return new Ranking(influence, relative, dot, cosine);
  }
}
