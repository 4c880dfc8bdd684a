package dev.loupe.instrument.influence;

import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/** Ways to score documents that influence is compared with, each {@code [query][document]}. */
final class Baselines {
  private Baselines() {}

  /** By words alone. */
  static double[][] bm25(List<Sequence> documents, List<Sequence> queries) {
    try (Bm25 index = new Bm25(documents)) {
      return queries.stream().map(query -> index.scores(query.tokens())).toArray(double[][]::new);
    }
  }

  /** Cosine of the mean residual streams after the last block. */
  static double[][] similarity(
      Transformer model, List<Sequence> documents, List<Sequence> queries, Run run) {
    try (var _ = NativeScope.open()) {
      Tensor ofQueries = embeddings(model, queries, run);
      Tensor ofDocuments = embeddings(model, documents, run);
      double[] all = ofQueries.matmul(ofDocuments.transpose(0, 1)).toDoubles();
      double[][] scores = new double[queries.size()][documents.size()];
      for (int q = 0; q < scores.length; q++) {
        System.arraycopy(all, q * documents.size(), scores[q], 0, documents.size());
      }
      return scores;
    }
  }

  /** Cosine of the vectors that an embedding model gives the texts. */
  static double[][] similarity(
      EmbeddingModel embedding,
      Tokenizer tokenizer,
      List<Sequence> documents,
      List<Sequence> queries,
      Run run) {
    List<double[]> ofDocuments = vectors(embedding, tokenizer, documents, run);
    return vectors(embedding, tokenizer, queries, run).stream()
        .map(query ->
            ofDocuments.stream().mapToDouble(each -> EmbeddingModel.product(query, each)).toArray())
        .toArray(double[][]::new);
  }

  private static List<double[]> vectors(
      EmbeddingModel embedding, Tokenizer tokenizer, List<Sequence> sequences, Run run) {
    List<double[]> vectors = new ArrayList<>();
    for (Sequence each : sequences) {
      run.check();
      vectors.add(embedding.embed(tokenizer.decode(each.tokens(), true)));
    }
    return vectors;
  }

  /** Of length 1, {@code [sequence, d_model]}. */
  private static Tensor embeddings(Transformer model, List<Sequence> sequences, Run run) {
    List<Tensor> rows = new ArrayList<>();
    for (Sequence each : sequences) {
      run.check();
      try (var scope = NativeScope.open()) {
        Tensor mean =
            model
                .hidden(TokenBatch.of(each.tokens()), Hooks.NONE, null)
                .select(0, 0)
                .mean(false, 0);
        rows.add(scope.keep(mean.times(1 / Math.max(1e-30, mean.norm()))));
      }
    }
    return Tensor.stack(rows, 0);
  }
}
