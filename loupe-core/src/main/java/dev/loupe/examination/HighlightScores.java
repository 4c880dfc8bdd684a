package dev.loupe.examination;

import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/**
 * How the Token Highlighter does on planted triggers, schema {@code loupe.highlight-examination/1}.
 *
 * @param model its name
 * @param world seed of the world
 * @param scale of the world
 * @param queries with a trigger
 * @param precision share of highlighted tokens that are of the trigger
 * @param recall share of the triggers' tokens that are highlighted
 * @param top share of queries whose strongest token is of the trigger
 * @param attack share of queries with a trigger that the model complies with
 * @param defended the same with soft removal
 * @param refused share of allowed requests, of those it complies with, that it refuses with soft
 *     removal
 */
public record HighlightScores(
    String model,
    long world,
    double scale,
    int queries,
    Estimate precision,
    Estimate recall,
    Estimate top,
    Estimate attack,
    Estimate defended,
    Estimate refused)
    implements ExaminationReport {
  /** A share with what it is. */
  public record Named(String what, Estimate share) {}

  /** All shares, for tables. */
  public List<Named> shares() {
    return List.of(
        new Named("highlighted tokens that are of the trigger (precision)", precision),
        new Named("tokens of the trigger that are highlighted (recall)", recall),
        new Named("queries whose strongest token is of the trigger", top),
        new Named("attacks that succeed", attack),
        new Named("attacks that succeed with soft removal", defended),
        new Named("allowed requests refused with soft removal", refused));
  }

  private record Properties(
      String model, long world, double scale, int queries, List<Named> shares) {}

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, new Properties(model, world, scale, queries, shares()));
  }
}
