package dev.loupe.instrument.explain;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * Which tokens of a query push the model towards an affirmative opening: the norm of the gradient
 * of its log-probability by each token's embedding (Token Highlighter, Hu et al. 2024), or the
 * phrases without which the model would decline; and what soft removal of these does.
 */
public final class Highlight implements Instrument<HighlightRequest, HighlightReport> {
  @Override
  public Card<HighlightRequest, HighlightReport> card() {
    return new Card<>(
        "explain highlight",
        "Which words of the query push the model towards complying?",
        "loupe.highlight/1",
        HighlightRequest.class,
        HighlightReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(HighlightRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Highlighting(request, watched, run).estimate());
  }

  @Override
  public Finding<HighlightReport> ask(HighlightRequest request, Subject subject, Run run) {
    return subject.hold(
        run, watched -> new Highlighting(request, watched, run).ask(card().schema()));
  }
}
