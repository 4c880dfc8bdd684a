package dev.loupe.instrument.audit;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * The claims of an answer against documents: each supported, contradicted or not found, with the
 * words that decided. The subject is the judge, not the model that answered.
 */
public final class VerifyAnswer implements Instrument<VerifyRequest, VerifyReport> {
  @Override
  public Card<VerifyRequest, VerifyReport> card() {
    return new Card<>(
        "audit verify",
        "Do the documents support what the answer claims?",
        "loupe.audit-verify/1",
        VerifyRequest.class,
        VerifyReport.class,
        Needs.TEXT);
  }

  @Override
  public Cost estimate(VerifyRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Verifying(request, watched, run).estimate());
  }

  @Override
  public Finding<VerifyReport> ask(VerifyRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Verifying(request, watched, run).ask(card().schema()));
  }
}
