package dev.loupe.examination;

import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/**
 * How verification of claims does where the truth is known, schema {@code
 * loupe.verify-examination/1}.
 *
 * @param judge name of the model that judged
 * @param world seed of the world
 * @param scale of the world
 * @param claims of each kind: true, false, and of facts that no document states
 * @param documents that state a fact, which are searched
 * @param retrieved true and false claims for which a document that states the fact is among the
 *     passages
 * @param judgeAlone the judge given a document that states the fact (for the third kind, the best
 *     passage that there is)
 * @param judged retrieval, numbers and the judge together
 * @param byWords retrieval, numbers and words
 */
public record VerifyScores(
    String judge,
    long world,
    double scale,
    List<Integer> claims,
    int documents,
    Estimate retrieved,
    Confusion judgeAlone,
    Confusion judged,
    Confusion byWords)
    implements ExaminationReport {
  public VerifyScores {
    claims = List.copyOf(claims);
  }

  /**
   * What was said of claims of each kind.
   *
   * @param counts {@code [kind][verdict]}: true, false, unstated by supported, contradicted, not
   *     found
   * @param precision of each verdict: of the claims that got it, those of its kind
   * @param recall of each verdict: of the claims of its kind, those that got it
   */
  public record Confusion(
      List<List<Integer>> counts, List<Estimate> precision, List<Estimate> recall) {
    public Confusion {
      counts = counts.stream().map(List::copyOf).toList();
      precision = List.copyOf(precision);
      recall = List.copyOf(recall);
    }
  }

  private record Properties(
      String judge,
      long world,
      double scale,
      List<Integer> claims,
      int documents,
      Estimate retrieved,
      Confusion judgeAlone,
      Confusion judged,
      Confusion byWords) {}

  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(
        json,
        new Properties(
            judge, world, scale, claims, documents, retrieved, judgeAlone, judged, byWords));
  }
}
