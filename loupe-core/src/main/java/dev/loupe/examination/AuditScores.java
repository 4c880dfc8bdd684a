package dev.loupe.examination;

import dev.loupe.audit.GradeCounts;
import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Reliability.Bin;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/**
 * What an audit says of a model where it is known how often each fact was stated, schema {@code
 * loupe.audit-examination/1}.
 *
 * @param model its name
 * @param world seed of the world
 * @param scale of the world
 * @param forms the same people asked in several forms
 */
public record AuditScores(String model, long world, double scale, List<Form> forms)
    implements ExaminationReport {
  public AuditScores {
    forms = List.copyOf(forms);
  }

  /**
   * Answers in one form of the question.
   *
   * @param form in words
   * @param all together
   * @param accuracyGivenAttempted right of right and wrong
   * @param calibrationError expected, ten bins of equal width, of right and wrong answers by their
   *     own probability
   * @param meanConfidence of right and wrong answers
   * @param auroc of their probability
   * @param bins of the reliability diagram
   * @param byCount by how often the corpus states the fact
   */
  public record Form(
      String form,
      Group all,
      Estimate accuracyGivenAttempted,
      Estimate calibrationError,
      double meanConfidence,
      Estimate auroc,
      List<Bin> bins,
      List<Group> byCount) {
    public Form {
      bins = List.copyOf(bins);
      byCount = List.copyOf(byCount);
    }
  }

  /**
   * Some of the answers.
   *
   * @param stated how often the corpus states the facts, such as 5-9
   * @param right of all
   * @param wrong of all: hallucinations
   * @param abstained of all
   * @param confidence mean probability of the right and wrong answers; NaN for none
   */
  public record Group(
      String stated,
      GradeCounts counts,
      Estimate right,
      Estimate wrong,
      Estimate abstained,
      double confidence) {}

  private record Properties(String model, long world, double scale, List<Form> forms) {}

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, new Properties(model, world, scale, forms));
  }
}
