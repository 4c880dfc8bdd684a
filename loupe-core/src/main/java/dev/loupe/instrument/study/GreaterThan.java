package dev.loupe.instrument.study;

import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.report.Finding;

/**
 * How a model computes greater-than (Hanna et al. 2023), in features of any basis: "The war lasted
 * from the year 1742 to the year 17" must end in a year after 42.
 */
public final class GreaterThan implements Instrument<GreaterThanRequest, GreaterThanReport> {
  @Override
  public Card<GreaterThanRequest, GreaterThanReport> card() {
    return new Card<>(
        "study greater-than",
        "Which features make a war end after it began?",
        GreaterThanJson.SCHEMA,
        GreaterThanRequest.class,
        GreaterThanReport.class,
        Needs.BASIS);
  }

  @Override
  public Cost estimate(GreaterThanRequest request, Subject subject, Run run) {
    return subject.hold(() -> new YearStudy(subject, run).estimate(request));
  }

  /**
   * Does the study.
   *
   * @throws dev.loupe.fault.LoupeException if the tokenizer splits years otherwise, or the basis
   *     cannot be followed
   */
  @Override
  public Finding<GreaterThanReport> ask(GreaterThanRequest request, Subject subject, Run run) {
    return subject.hold(() -> new YearStudy(subject, run).ask(request));
  }
}
