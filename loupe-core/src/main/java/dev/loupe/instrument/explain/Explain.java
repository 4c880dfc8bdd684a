package dev.loupe.instrument.explain;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * Which parts of the prompt the answer hangs on, by leaving parts out and scoring the answer
 * (MExGen, Monteiro Paes et al. 2024): with the weights in hand or by what a server says.
 */
public final class Explain implements Instrument<ExplainRequest, ExplainReport> {
  @Override
  public Card<ExplainRequest, ExplainReport> card() {
    return new Card<>(
        "explain",
        "Which parts of the prompt does the answer hang on?",
        "loupe.explain/1",
        ExplainRequest.class,
        ExplainReport.class,
        Needs.TEXT);
  }

  @Override
  public Cost estimate(ExplainRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Explaining(request, watched, run).estimate());
  }

  @Override
  public Finding<ExplainReport> ask(ExplainRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Explaining(request, watched, run).ask(card().schema()));
  }
}
