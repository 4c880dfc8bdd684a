package dev.loupe.instrument.audit;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * Prompts and answers that matter: how likely a model finds them, how far its samples agree, and
 * what has changed since the last run, of this model or another version.
 */
public final class WatchAnswers implements Instrument<WatchRequest, WatchReport> {
  @Override
  public Card<WatchRequest, WatchReport> card() {
    return new Card<>(
        "audit watch",
        "Does it still give the answers that matter?",
        "loupe.audit-watch/1",
        WatchRequest.class,
        WatchReport.class,
        Needs.TEXT);
  }

  @Override
  public Cost estimate(WatchRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Watching(request, watched, run).estimate());
  }

  @Override
  public Finding<WatchReport> ask(WatchRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Watching(request, watched, run).ask(card().schema()));
  }
}
