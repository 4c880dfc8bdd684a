package dev.loupe.instrument.steer;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/** What happens if features are changed: any feature of any basis, at a position or everywhere. */
public final class Steer implements Instrument<SteerRequest, SteerReport> {
  /** Name and version of the answer's form. */
  static final String SCHEMA = "loupe.steer/1";

  @Override
  public Card<SteerRequest, SteerReport> card() {
    return new Card<>(
        "steer",
        "What happens if I change it?",
        SCHEMA,
        SteerRequest.class,
        SteerReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(SteerRequest request, Subject subject, Run run) {
    return subject.hold(() -> new Steering(subject, run).estimate(request));
  }

  /**
   * Makes the changes.
   *
   * @throws dev.loupe.fault.LoupeException if the prompt is empty or too long, a feature or
   *     position is not there, a change is asked for twice, the other prompt has another number of
   *     tokens, or what is to be held does not fit
   */
  @Override
  public Finding<SteerReport> ask(SteerRequest request, Subject subject, Run run) {
    return subject.hold(() -> new Steering(subject, run).ask(request));
  }
}
