package dev.loupe.examination;

import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/**
 * How explanations compare with ground truth, schema {@code loupe.explain-examination/1}.
 *
 * @param model its name
 * @param world seed of the world
 * @param scale of the world
 * @param questions how many were explained
 * @param methods in two ways each
 */
public record ExplainScores(
    String model, long world, double scale, int questions, List<MethodScores> methods)
    implements ExaminationReport {
  public ExplainScores {
    methods = List.copyOf(methods);
  }

  /**
   * One method over all questions.
   *
   * @param method in words
   * @param infilled whether units were replaced by the model's own continuations rather than
   *     deleted
   * @param contrasted whether the answer was contrasted with others of the same relation
   * @param hit share of questions whose strongest word is of the entity's name
   * @param all share whose strongest words are exactly the name's
   * @param drop mean drop of the value, in nats, while the first half of the words is left out
   * @param random the same in one random order a question
   */
  public record MethodScores(
      String method,
      boolean infilled,
      boolean contrasted,
      Estimate hit,
      Estimate all,
      Estimate drop,
      Estimate random) {}

  /** Model and figures as they stand. */
  private record Properties(
      String model, long world, double scale, int questions, List<MethodScores> methods) {}

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, new Properties(model, world, scale, questions, methods));
  }
}
