package dev.loupe.instrument.audit;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * The paper's bounds on a model whose training is known (Kalai et al. 2025, theorems 1 and 2): both
 * sides, and the slack.
 */
public final class MeasureBound implements Instrument<BoundRequest, BoundReport> {
  @Override
  public Card<BoundRequest, BoundReport> card() {
    return new Card<>(
        "audit bound",
        "Does it err as much as the bounds on hallucination say?",
        "loupe.audit-bound/1",
        BoundRequest.class,
        BoundReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(BoundRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Bounding(request, watched, run).estimate());
  }

  @Override
  public Finding<BoundReport> ask(BoundRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Bounding(request, watched, run).ask(card().schema()));
  }
}
