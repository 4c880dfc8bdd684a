package dev.loupe.instrument.influence;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.FolderLock;
import dev.loupe.job.Run;
import dev.loupe.job.Stopped;
import dev.loupe.report.Finding;

/**
 * Trains a model further on a corpus, then again without parts of it, and compares what it says
 * with what influence predicted (Park et al. 2023; Bae et al. 2024). Long work: trainings that are
 * done are kept, and the same request resumes after them.
 */
public final class ValidateInfluence implements Instrument<ValidateRequest, ValidateReport> {
  @Override
  public Card<ValidateRequest, ValidateReport> card() {
    return new Card<>(
        "influence validate",
        "Does influence predict what retraining does?",
        "loupe.influence-validation/1",
        ValidateRequest.class,
        ValidateReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(ValidateRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          try (Validation validation = new Validation(request, watched, run)) {
            return validation.estimate();
          }
        });
  }

  @Override
  public Finding<ValidateReport> ask(ValidateRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          try (FolderLock _ = FolderLock.of(request.out(), "validation of influence");
              Validation validation = new Validation(request, watched, run)) {
            return validation.ask(card().schema());
          } catch (Stopped e) {
            throw new Stopped(
                "the trainings that are done are kept; the same command resumes after them");
          }
        });
  }
}
