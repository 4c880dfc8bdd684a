package dev.loupe.examination;

import dev.loupe.examination.ExaminationRequest.OfTrace;
import dev.loupe.examination.ExaminationRequest.TracePart;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.RankingScore.Ranking;
import dev.loupe.job.Cost;
import dev.loupe.job.FigureLog;
import dev.loupe.job.Run;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.tensor.Engine;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One request of {@link ExamineWorld} that holds the trace against the world. */
final class ExamineTrace {
  /** Features up to which a swap is counted in the evidence. */
  private static final int SWAPPED = 40;

  private final OfTrace asked;
  private final Subject subject;
  private final World world;
  private final Run run;

  ExamineTrace(OfTrace asked, Subject subject, World world, Run run) {
    this.asked = asked;
    this.subject = subject;
    this.world = world;
    this.run = run;
  }

  Cost estimate() {
    double seconds = 0;
    List<String> work = new ArrayList<>();
    if (ranks()) {
      TraceExamination examination =
          new TraceExamination(subject.weights(), world, asked.questions(), run.seed());
      seconds += examination.seconds(log());
      work.add(
          String.format(
              Locale.ROOT,
              "%,d questions, %,d neurons ablated for each",
              examination.questions().size(),
              examination.neurons()));
    }
    if (asked.parts().contains(TracePart.SETS)) {
      SetExamination examination =
          new SetExamination(subject, world, asked.questions(), run.seed());
      seconds += examination.seconds(setLog());
      work.add(
          String.format(
              Locale.ROOT, "sets and swaps for %,d questions", examination.questions().size()));
    }
    return new Cost(seconds, Engine.residentBytes(), 0, String.join("; ", work));
  }

  /** Every neuron is ablated, so only a trace of neurons can be compared with that. */
  private boolean ranks() {
    return asked.parts().contains(TracePart.RANKING) && subject.dictionary().isEmpty();
  }

  private Optional<FigureLog<SetFigures>> setLog() {
    return asked
        .log()
        .map(file ->
            FigureLog.open(
                file.resolveSibling(file.getFileName() + ".sets"),
                "sets of %s in %s, world %d, scale %s"
                    .formatted(
                        subject.basis().name(), subject.sha256(), asked.world(), asked.scale()),
                SetFigures.class,
                SetFigures::question));
  }

  private Optional<ExaminationLog> log() {
    return asked
        .log()
        .map(file ->
            ExaminationLog.open(
                file,
                "model %s, world %d, scale %s"
                    .formatted(subject.sha256(), asked.world(), asked.scale())));
  }

  Finding<ExaminationReport> ask() {
    TraceExamination.Result ranking =
        ranks()
            ? new TraceExamination(subject.weights(), world, asked.questions(), run.seed())
                .run(log(), run)
            : new TraceExamination.Result(List.of());
    Optional<SetScores> sets =
        asked.parts().contains(TracePart.SETS)
            ? Optional.of(
                new SetExamination(subject, world, asked.questions(), run.seed())
                    .run(setLog(), run))
            : Optional.empty();
    TraceScores scores =
        new TraceScores(
            subject.weights().name(), asked.world(), asked.scale(), run.seed(), ranking, sets);
    List<Evidence> evidence = new ArrayList<>();
    sets.ifPresent(each -> evidence.addAll(ofSets(each)));
    if (!ranking.asked().isEmpty()) {
      evidence.addAll(ofRanking(scores));
    }
    return new Finding<>(
        "loupe.trace-examination/1",
        "How does the trace of %s compare with world %d?"
            .formatted(subject.weights().name(), asked.world()),
        scores,
        evidence,
        subject.caveats(),
        subject.provenance(run));
  }

  private static List<Evidence> ofSets(SetScores sets) {
    List<Evidence> evidence = new ArrayList<>();
    evidence.add(
        Evidence.noted(
            "Questions whose answer the listed units change when they are ablated together",
            Support.INTERVENED,
            sets.effect().decided(),
            String.format(
                Locale.ROOT,
                "median %,d units; matched random sets do so in %.3f",
                sets.effect().changes(),
                sets.effect().random().value())));
    for (SetScores.SwapScores swaps : sets.swaps()) {
      for (int i = 0; i < SetScores.SIZES.size(); i++) {
        if (SetScores.SIZES.get(i) == SWAPPED) {
          evidence.add(
              Evidence.noted(
                  "At most %d units of a donor's prompt give the donor's answer, questions of %d hops"
                      .formatted(SWAPPED, swaps.hops()),
                  Support.INTERVENED,
                  swaps.arrived().get(i),
                  String.format(
                      Locale.ROOT,
                      "random sets of the needed size: %.3f",
                      swaps.random().value())));
        }
      }
      evidence.add(
          Evidence.noted(
              "Without at most 40 of the units that differ from the donor's the own answer goes, questions of %d hops"
                  .formatted(swaps.hops()),
              Support.INTERVENED,
              swaps.removed(),
              String.format(
                  Locale.ROOT,
                  "without as many random active units: %.3f",
                  swaps.removedRandom().value())));
    }
    return evidence;
  }

  private static List<Evidence> ofRanking(TraceScores scores) {
    List<Evidence> evidence = new ArrayList<>();
    for (TraceScores.Order order : TraceScores.ORDERS) {
      evidence.add(
          Evidence.noted(
              "Of the ten neurons of largest effect, those ranked first by " + order.words(),
              Support.INTERVENED,
              scores.result().mean(order.ranking(), Ranking::overlap),
              String.format(Locale.ROOT, "chance level %.3f", scores.chanceOverlap())));
    }
    for (TraceScores.Way way : TraceScores.WAYS) {
      evidence.add(
          Evidence.noted(
              "Questions whose bridge entity is " + way.words(),
              Support.OBSERVED,
              scores.result().share(way.holds()),
              String.format(
                  Locale.ROOT,
                  "chance level %.3f",
                  scores.result().mean(one -> way.chance().applyAsDouble(one.hop())).value())));
    }
    return evidence;
  }
}
