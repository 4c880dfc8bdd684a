package dev.loupe.report;

import java.util.List;

/**
 * What an instrument hands back.
 *
 * @param answer to the question that was asked
 * @param evidence how it was checked
 * @param provenance what it was made from
 */
public record Finding<A>(A answer, List<Evidence> evidence, Provenance provenance) {
  public Finding {
    evidence = List.copyOf(evidence);
  }

  /** Whether no check failed. */
  public boolean holds() {
    return evidence.stream().noneMatch(each -> each.verdict() == Verdict.FAILED);
  }
}
