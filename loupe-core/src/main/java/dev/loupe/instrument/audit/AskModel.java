package dev.loupe.instrument.audit;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * Behavioural calibration of a live model (Kalai et al. 2025, section 4.2): the same questions
 * without and with stated confidence targets; does it abstain where it would be wrong?
 */
public final class AskModel implements Instrument<AskModelRequest, AskModelReport> {
  @Override
  public Card<AskModelRequest, AskModelReport> card() {
    return new Card<>(
        "audit ask",
        "Does it abstain where it would be wrong?",
        "loupe.audit-ask/1",
        AskModelRequest.class,
        AskModelReport.class,
        Needs.TEXT);
  }

  @Override
  public Cost estimate(AskModelRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Asking(request, watched, run).estimate());
  }

  @Override
  public Finding<AskModelReport> ask(AskModelRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Asking(request, watched, run).ask(card().schema()));
  }
}
