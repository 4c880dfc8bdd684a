package dev.loupe.instrument.influence;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/** Which training documents made a completion likely (Grosse et al. 2023). */
public final class AskInfluence implements Instrument<AskRequest, AskReport> {
  @Override
  public Card<AskRequest, AskReport> card() {
    return new Card<>(
        "influence ask",
        "Which training documents taught the model this?",
        "loupe.influence/1",
        AskRequest.class,
        AskReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(AskRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          try (Question question = new Question(request, watched, run)) {
            return question.estimate();
          }
        });
  }

  @Override
  public Finding<AskReport> ask(AskRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          try (Question question = new Question(request, watched, run)) {
            return question.ask(card().schema());
          }
        });
  }
}
