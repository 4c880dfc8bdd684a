package dev.loupe.instrument.lens;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * Where in the model the prediction appears: the stream after each block, read by the last norm and
 * the unembedding as if the model ended there (the logit lens, nostalgebraist 2020).
 */
public final class Lens implements Instrument<LensRequest, LensReport> {
  @Override
  public Card<LensRequest, LensReport> card() {
    return new Card<>(
        "lens",
        "What would the model say if it ended here?",
        "loupe.lens/1",
        LensRequest.class,
        LensReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(LensRequest request, Subject subject, Run run) {
    return subject.hold(() -> new Reading(subject, run).estimate(request));
  }

  @Override
  public Finding<LensReport> ask(LensRequest request, Subject subject, Run run) {
    return subject.hold(() -> new Reading(subject, run).ask(request, card().schema()));
  }
}
