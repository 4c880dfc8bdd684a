package dev.loupe.report;

import java.util.List;
import java.util.stream.Stream;

/**
 * The result of an instrument: an answer with the evidence for it.
 *
 * @param schema name and version of the answer's form in JSON, such as {@code loupe.trace/1}
 * @param question in words
 * @param answer to the question
 * @param evidence how it was checked on this run
 * @param caveats what it does not say, and what to keep in mind
 * @param provenance its inputs
 */
public record Finding<A>(
    String schema,
    String question,
    A answer,
    List<Evidence> evidence,
    List<String> caveats,
    Provenance provenance) {
  public Finding {
    evidence = List.copyOf(evidence);
    caveats = List.copyOf(caveats);
  }

  /** Whether no check failed. */
  public boolean holds() {
    return evidence.stream().noneMatch(each -> each.verdict() == Verdict.FAILED);
  }

  /** This finding with one more piece of evidence. */
  public Finding<A> with(Evidence more) {
    return new Finding<>(
        schema,
        question,
        answer,
        Stream.concat(evidence.stream(), Stream.of(more)).toList(),
        caveats,
        provenance);
  }
}
