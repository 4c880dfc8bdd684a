package dev.loupe.examination;

import dev.loupe.audit.GradeCounts;
import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Reliability.Bin;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/**
 * What an audit says of a model where it is known how often each fact was stated, schema {@code
 * loupe.audit-examination/1}.
 *
 * @param model its name
 * @param world seed of the world
 * @param scale of the world
 * @param forms the same people asked in several forms
 * @param inside what tells right answers from wrong ones before they are given, if that was
 *     measured
 */
public record AuditScores(
    String model, long world, double scale, List<Form> forms, Optional<Inside> inside)
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

  /**
   * Signs of knowing in statements.
   *
   * @param fitting people on whom probes and the feature are chosen
   * @param judging other people, of whom the areas are
   * @param traced of those
   */
  public record Inside(int fitting, int judging, int traced, List<Sign> signs) {
    public Inside {
      signs = List.copyOf(signs);
    }
  }

  /**
   * One sign.
   *
   * @param auroc of right answers against wrong ones, of people who fitted nothing
   * @param lessProbability that less the area of the answer's own probability, same people
   */
  public record Sign(String sign, Estimate auroc, Estimate lessProbability) {}

  private record Properties(
      String model, long world, double scale, List<Form> forms, Optional<Inside> inside) {}

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, new Properties(model, world, scale, forms, inside));
  }
}
