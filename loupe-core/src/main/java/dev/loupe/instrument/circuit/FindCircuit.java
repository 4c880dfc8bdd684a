package dev.loupe.instrument.circuit;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/** Which features together do a task, and nothing else is needed. */
public final class FindCircuit implements Instrument<CircuitRequest, CircuitReport> {
  /** Name and version of the findings. */
  public static final String SCHEMA = "loupe.circuit/1";

  @Override
  public Card<CircuitRequest, CircuitReport> card() {
    return new Card<>(
        "circuit find",
        "Which circuit does the task?",
        SCHEMA,
        CircuitRequest.class,
        CircuitReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(CircuitRequest request, Subject subject, Run run) {
    return subject.hold(run, held -> new CircuitFinding(held, run, request).estimate());
  }

  /**
   * Searches and tests.
   *
   * @throws dev.loupe.fault.LoupeException if twins are missing or of another length, there are too
   *     few pairs, or the metric of the model and of nothing are too close to divide by
   */
  @Override
  public Finding<CircuitReport> ask(CircuitRequest request, Subject subject, Run run) {
    return subject.hold(run, held -> new CircuitFinding(held, run, request).ask());
  }
}
