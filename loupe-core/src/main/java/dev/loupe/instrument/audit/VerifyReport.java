package dev.loupe.instrument.audit;

import dev.loupe.audit.claims.Verification.Basis;
import dev.loupe.audit.claims.Verification.Verdict;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;

/**
 * What documents say of an answer's claims.
 *
 * @param judge name of the model that judged; empty where words decided
 * @param documents how many were read
 * @param passages that they were cut into
 * @param supported share of the claims
 * @param contradicted share of the claims
 * @param notFound share of the claims
 * @param claims in the order of the answer
 * @param without sentences that claim nothing: questions, abstentions
 */
public record VerifyReport(
    Optional<String> judge,
    long documents,
    int passages,
    Estimate supported,
    Estimate contradicted,
    Estimate notFound,
    List<VerifiedClaim> claims,
    List<String> without) {
  public VerifyReport {
    claims = List.copyOf(claims);
    without = List.copyOf(without);
  }

  /**
   * One claim.
   *
   * @param start of the claim in the answer, in UTF-16 units
   * @param end after its last
   * @param basis what decided
   * @param evidence the passage that decided; empty where none did
   * @param looked all passages that were looked at, the best by BM25 first
   */
  public record VerifiedClaim(
      int start,
      int end,
      String claim,
      Verdict verdict,
      Basis basis,
      Optional<Piece> evidence,
      List<Piece> looked) {
    public VerifiedClaim {
      looked = List.copyOf(looked);
    }
  }

  /**
   * A part of a document.
   *
   * @param start in the document's text, in UTF-16 units
   * @param end after its last
   * @param score of BM25
   * @param judged yes, no, unknown or none; empty without a judge
   * @param confidence of the judge; NaN where it gives none
   * @param holdsNumbers whether all numbers and dates of the claim stand in it
   */
  public record Piece(
      String document,
      int start,
      int end,
      String text,
      double score,
      String judged,
      double confidence,
      boolean holdsNumbers) {}
}
