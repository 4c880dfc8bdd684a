package dev.loupe.instrument.audit;

import dev.loupe.audit.claims.Verification;
import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.encoder.EntailmentModel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to verify.
 *
 * @param answer text whose claims are checked
 * @param documents a file or folder of documents
 * @param passages looked at for each claim
 * @param judged whether a model judges; otherwise words, numbers and dates alone decide
 * @param chat whether the model's chat template renders the judge's question as a turn
 * @param question to the judge, with {evidence} and {claim}
 * @param entailment judges in the language model's stead; open until the answer is there
 * @param embedding finds passages besides BM25, as many again; open until the answer is there
 * @param maxCalls questions that a language model may be asked; empty for any number
 */
public record VerifyRequest(
    String answer,
    Path documents,
    int passages,
    boolean judged,
    boolean chat,
    String question,
    Optional<EntailmentModel> entailment,
    Optional<EmbeddingModel> embedding,
    OptionalInt maxCalls) {
  /** More make the judge's work long without finding more. */
  public static final int MOST_PASSAGES = 100;

  public VerifyRequest {
    if (answer.isBlank()) {
      throw new IllegalArgumentException("`answer` is empty");
    }
    if (maxCalls.orElse(1) < 1) {
      throw new IllegalArgumentException("`maxCalls` is 1 or more");
    }
    if (entailment.isPresent() && !judged) {
      throw new IllegalArgumentException("`entailment` is a judge, and none is asked for");
    }
    if (passages < 1 || passages > MOST_PASSAGES) {
      throw new IllegalArgumentException("`passages` is not from 1 to " + MOST_PASSAGES);
    }
    if (!question.contains("{evidence}") || !question.contains("{claim}")) {
      throw new IllegalArgumentException("`question` lacks {evidence} or {claim}");
    }
  }

  /** Five passages, the model judging in a conversation. */
  public static VerifyRequest of(String answer, Path documents) {
    return new VerifyRequest(
        answer,
        documents,
        5,
        true,
        true,
        Verification.QUESTION,
        Optional.empty(),
        Optional.empty(),
        OptionalInt.empty());
  }

  /** The same without a judge. */
  public VerifyRequest byWords() {
    return new VerifyRequest(
        answer, documents, passages, false, chat, question, Optional.empty(), embedding, maxCalls);
  }
}
