package dev.loupe.examination;

import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/**
 * Whether documents that state a fact are found, schema {@code loupe.influence-examination/1}.
 *
 * @param model its name
 * @param world seed of the world
 * @param scale of the world
 * @param questions that the model answers right, each on a fact that the corpus states
 * @param documents among which they were sought
 * @param stating documents of those that state a fact asked for
 * @param methods by which documents were ranked
 */
public record InfluenceScores(
    String model,
    long world,
    double scale,
    int questions,
    int documents,
    int stating,
    List<Method> methods)
    implements ExaminationReport {
  public InfluenceScores {
    methods = List.copyOf(methods);
  }

  /**
   * One ranking.
   *
   * @param name of the method
   * @param recall at 10: documents that state the fact among the first ten, of all that could be
   *     there
   * @param found questions with at least one such document among the first ten
   */
  public record Method(String name, Estimate recall, Estimate found) {}

  /** What is written. */
  private record Written(
      String model,
      long world,
      double scale,
      int questions,
      int documents,
      int stating,
      List<Method> methods) {}

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(
        json, new Written(model, world, scale, questions, documents, stating, methods));
  }
}
