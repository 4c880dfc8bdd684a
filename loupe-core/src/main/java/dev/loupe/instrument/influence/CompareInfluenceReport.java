package dev.loupe.instrument.influence;

import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * What several models were taught the same completions by. Intervals draw questions again; there is
 * none where there is one question.
 *
 * @param questions that were asked
 * @param documents of the corpus
 * @param top documents of each question and model that are compared
 * @param models in the order in which they were named
 * @param pairs of models
 */
public record CompareInfluenceReport(
    int questions, long documents, int top, List<OfModel> models, List<OfPair> pairs) {
  public CompareInfluenceReport {
    models = List.copyOf(models);
    pairs = List.copyOf(pairs);
  }

  /**
   * One model.
   *
   * @param model its name
   * @param loss of a completion, in nats; mean over questions
   * @param words share of the question's words of four letters or more that a top document has
   * @param wordsOfAll the same of all documents, the chance level
   * @param answer share of top documents that contain the completion's tokens
   * @param teachers share of the documents that state the answer among the top; no number where
   *     they are not known
   * @param theme share of pairs of a paraphrase and a decoy in which the paraphrase has the larger
   *     influence, .5 by chance; no number where there are none
   * @param found the top documents of each question
   */
  public record OfModel(
      String model,
      Estimate loss,
      Estimate words,
      Estimate wordsOfAll,
      Estimate answer,
      Estimate teachers,
      Estimate theme,
      List<Found> found) {
    public OfModel {
      found = List.copyOf(found);
    }
  }

  /**
   * The top documents of one question.
   *
   * @param question prompt and completion
   * @param documents the largest influence first
   */
  public record Found(String question, List<Top> documents) {
    public Found {
      documents = List.copyOf(documents);
    }
  }

  /**
   * A document.
   *
   * @param id of the document
   * @param labels that the corpus gives it
   * @param influence its score
   * @param text what it says
   */
  public record Top(String id, List<String> labels, double influence, String text) {
    public Top {
      labels = List.copyOf(labels);
    }
  }

  /**
   * Two models.
   *
   * @param first its name
   * @param second its name
   * @param documents top documents of one that are the other's too, of all that are either's
   * @param labels overlap of the labels of the top documents: of each the smaller share, summed; no
   *     number where there are none
   * @param order Spearman's correlation over all documents
   */
  public record OfPair(
      String first, String second, Estimate documents, Estimate labels, Estimate order) {}
}
