package dev.loupe.instrument.influence;

import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * The documents that made each of several completions likely, and unlikely.
 *
 * @param model its name
 * @param documents of the corpus
 * @param asked in the order of the questions
 * @param holding share of the top documents of positive influence that hold their completion's text
 * @param holdingOfAll the same of all documents, the chance level
 */
public record AskQuestionsReport(
    String model, long documents, List<Asked> asked, Estimate holding, Estimate holdingOfAll) {
  public AskQuestionsReport {
    asked = List.copyOf(asked);
  }

  /**
   * One question.
   *
   * @param loss of the completion, in nats
   * @param positive documents, the largest influence first
   * @param negative documents, the most negative first
   */
  public record Asked(
      String prompt,
      String completion,
      double loss,
      List<CompareInfluenceReport.Top> positive,
      List<CompareInfluenceReport.Top> negative) {
    public Asked {
      positive = List.copyOf(positive);
      negative = List.copyOf(negative);
    }
  }
}
