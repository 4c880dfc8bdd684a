package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Component;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.ModelConfig;
import dev.loupe.report.Finding;
import dev.loupe.tensor.Engine;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Whether one task is done by the same heads and MLPs in several models: circuits found in each,
 * matched, beside chance, and tried out.
 */
public final class CompareCircuits
    implements Instrument<CompareCircuitsRequest, CompareCircuitsReport> {
  /** Name and version of the findings. */
  public static final String SCHEMA = "loupe.circuit-compare/1";

  private static final int TYPICAL_TOKENS = 16;

  @Override
  public Card<CompareCircuitsRequest, CompareCircuitsReport> card() {
    return new Card<>(
        "circuit compare",
        "Is a task's circuit the same in several models?",
        SCHEMA,
        CompareCircuitsRequest.class,
        CompareCircuitsReport.class,
        Needs.WEIGHTS);
  }

  /** From one forward pass of the first model: all are taken to cost as much. */
  @Override
  public Cost estimate(CompareCircuitsRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        held -> {
          ModelConfig config = held.transformer().config();
          long components = Component.all(config.layers(), config.heads()).size();
          long runs =
              3
                  * components
                  * request.pairs()
                  * (1 + request.others().size())
                  * (request.control().isPresent() ? 2 : 1);
          if (request.features()) {
            runs += FeatureCircuit.RUNS * request.pairs() * (1L + request.others().size());
          }
          return new Cost(
              held.secondsOfAPass(TYPICAL_TOKENS) * runs,
              Engine.residentBytes(),
              0,
              String.format(Locale.ROOT, "about %,d runs", runs));
        });
  }

  /**
   * Finds and compares.
   *
   * @throws dev.loupe.fault.LoupeException if twins are missing, there are too few pairs, models
   *     differ in their tokens, or a model does not do the task
   */
  @Override
  public Finding<CompareCircuitsReport> ask(
      CompareCircuitsRequest request, Subject subject, Run run) {
    Supplier<Finding<CompareCircuitsReport>> work =
        () -> new CircuitComparison(subject.watched(run), request, run).ask();
    for (Subject other : request.others()) {
      Supplier<Finding<CompareCircuitsReport>> inner = work;
      work = () -> other.hold(inner);
    }
    return subject.hold(work);
  }
}
