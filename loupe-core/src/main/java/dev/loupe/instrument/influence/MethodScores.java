package dev.loupe.instrument.influence;

import dev.loupe.job.Run;
import dev.loupe.model.Transformer;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.FineTuning;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;

/**
 * What every method says about documents, for some queries.
 *
 * @param byMethod by the method's name, {@code [query][document]}
 * @param refinement what conjugate gradients reached, for people
 */
record MethodScores(SequencedMap<String, double[][]> byMethod, Optional<String> refinement) {
  static final String EK_FAC = "EK-FAC influence";

  /** An influence too, not a baseline. */
  static final String SOURCE = "SOURCE over the epochs";

  /** The control of removals. */
  static final String RANDOM = "random order";

  /** How many methods there are. */
  static final int MOST = 11;

  /** Of the network as it is trained now. */
  static MethodScores of(
      FineTuning tuning,
      List<Sequence> documents,
      List<Sequence> queries,
      TrainingPath path,
      ValidateRequest request,
      Tokenizer tokenizer,
      Run run) {
    SequencedMap<String, double[][]> scores = new LinkedHashMap<>();
    Optional<DocumentRanking.Refined> refined;
    try (SequenceGradients network = tuning.network()) {
      List<BlockMap> maps = Networks.maps(network, request.attention());
      DocumentRanking.Ranking ranking =
          DocumentRanking.of(
              network,
              maps,
              documents,
              queries,
              false,
              new DocumentRanking.Refining(request.refine(), request.refineDamping()),
              run);
      refined = ranking.refined();
      scores.put(EK_FAC, ranking.influence());
      refined.ifPresent(found -> scores.put(EK_FAC + " with conjugate gradients", found.scores()));
      scores.put(EK_FAC + " over the document's gradient norm", ranking.relative());
      scores.put("gradient dot product", ranking.dot());
      scores.put("gradient cosine", ranking.cosine());
      scores.put("TracIn over the epochs", path.dots(maps, documents, queries, run));
      scores.put(SOURCE, path.unrolled(maps, documents, queries, run));
    }
    try (Transformer model = tuning.transformer()) {
      scores.put("embedding similarity", Baselines.similarity(model, documents, queries, run));
    }
    request
        .embedding()
        .ifPresent(embedding ->
            scores.put(
                "similarity by " + embedding.name(),
                Baselines.similarity(embedding, tokenizer, documents, queries, run)));
    scores.put("BM25", Baselines.bm25(documents, queries));
    double[][] random = new double[queries.size()][documents.size()];
    Random draws = new Random(run.seed());
    for (double[] each : random) {
      Arrays.setAll(each, _ -> draws.nextDouble());
    }
    scores.put(RANDOM, random);
    return new MethodScores(
        scores,
        refined.map(found ->
            String.format(
                Locale.ROOT,
                "Conjugate gradients on the Gauss–Newton matrix of all documents, damped by %s of"
                    + " the mean of each map's curvature: %d iterations, after which the worst"
                    + " residual is %.2g of the gradient.",
                request.refineDamping(),
                found.iterations(),
                found.residual())));
  }
}
