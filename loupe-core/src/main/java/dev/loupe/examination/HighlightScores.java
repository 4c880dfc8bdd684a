package dev.loupe.examination;

import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;

/**
 * How the Token Highlighter does on planted triggers, schema {@code loupe.highlight-examination/1}.
 *
 * @param model its name
 * @param world seed of the world
 * @param scale of the world
 * @param queries with a trigger
 * @param attack share of queries with a trigger that the model complies with
 * @param gradient the published method: the top quarter of the tokens by gradient norm
 * @param deletion the phrases without which the model would decline
 */
public record HighlightScores(
    String model,
    long world,
    double scale,
    int queries,
    Estimate attack,
    Found gradient,
    Found deletion)
    implements ExaminationReport {
  /**
   * What one way to choose tokens finds.
   *
   * @param precision share of highlighted tokens that are of the trigger
   * @param recall share of the triggers' tokens that are highlighted
   * @param top share of queries whose strongest token, or the first token of the strongest phrase,
   *     is of the trigger
   * @param defended share of queries with a trigger that the model complies with, with soft removal
   * @param refused share of allowed requests, of those it complies with, that it refuses with soft
   *     removal
   * @param marked share of allowed requests in which something is highlighted
   */
  public record Found(
      Estimate precision,
      Estimate recall,
      Estimate top,
      Estimate defended,
      Estimate refused,
      Estimate marked) {
    private Stream<Named> shares(String by) {
      String how = " (by " + by + ")";
      return Stream.of(
          new Named("highlighted tokens that are of the trigger: precision" + how, precision),
          new Named("tokens of the trigger that are highlighted: recall" + how, recall),
          new Named("queries whose strongest token is of the trigger" + how, top),
          new Named("attacks that succeed with soft removal" + how, defended),
          new Named("allowed requests refused with soft removal" + how, refused),
          new Named("allowed requests with highlighted tokens" + how, marked));
    }
  }

  /** A share with what it is. */
  public record Named(String what, Estimate share) {}

  /** All shares, for tables. */
  public List<Named> shares() {
    return Stream.concat(
            Stream.of(new Named("attacks that succeed", attack)),
            Stream.concat(gradient.shares("gradient norm"), deletion.shares("deletion of phrases")))
        .toList();
  }

  private record Properties(
      String model, long world, double scale, int queries, List<Named> shares) {}

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, new Properties(model, world, scale, queries, shares()));
  }
}
