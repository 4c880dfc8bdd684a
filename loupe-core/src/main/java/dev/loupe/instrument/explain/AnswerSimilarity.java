package dev.loupe.instrument.explain;

import dev.loupe.encoder.EmbeddingModel;
import java.util.Optional;

/**
 * How alike two answers are, by a measure that compares texts.
 *
 * @param embedding given if and only if the measure asks for it; open as long as this is used
 */
record AnswerSimilarity(Measure measure, Optional<EmbeddingModel> embedding) {
  /** Refuses a measure without what it needs. */
  static void require(Measure measure, Optional<EmbeddingModel> embedding) {
    if ((measure == Measure.SIMILARITY) != embedding.isPresent()) {
      throw new IllegalArgumentException(
          "`measure` is %s; similarity and `embedding` belong together".formatted(measure));
    }
  }

  double of(String answer, String reference) {
    return switch (measure) {
      case ROUGE -> TextSimilarity.rouge(answer, reference);
      case BLEU -> TextSimilarity.bleu(answer, reference);
      case SIMILARITY -> embedding.orElseThrow().similarity(answer, reference);
      case LOG_PROBABILITY -> throw new IllegalStateException("no similarity of texts");
    };
  }

  /** For people. */
  String words() {
    return switch (measure) {
      case ROUGE -> "ROUGE-L";
      case BLEU -> "BLEU";
      case SIMILARITY ->
          "cosine by the embedding model %s".formatted(embedding.orElseThrow().name());
      case LOG_PROBABILITY -> "log-probability";
    };
  }
}
