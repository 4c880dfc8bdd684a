package dev.loupe.examination;

import dev.loupe.examination.ExaminationRequest.OfAudit;
import dev.loupe.examination.ExaminationRequest.OfExplain;
import dev.loupe.examination.ExaminationRequest.OfHighlight;
import dev.loupe.examination.ExaminationRequest.OfInfluence;
import dev.loupe.examination.ExaminationRequest.OfModel;
import dev.loupe.examination.ExaminationRequest.OfTrace;
import dev.loupe.examination.ExaminationRequest.OfVerify;
import dev.loupe.examination.ExaminationRequest.TracePart;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.RankingScore.Ranking;
import dev.loupe.job.Cost;
import dev.loupe.job.FigureLog;
import dev.loupe.job.Run;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.Engine;
import dev.loupe.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a model, or the trace on a model, compares with the world it was trained on, whose truth is
 * known.
 */
public final class ExamineWorld implements Instrument<ExaminationRequest, ExaminationReport> {
  /** Features up to which a swap is counted in the evidence. */
  private static final int SWAPPED = 40;

  private static final String OF_TRACE = "loupe.trace-examination/1";

  @Override
  public Card<ExaminationRequest, ExaminationReport> card() {
    return new Card<>(
        "world evaluate",
        "How does this model compare with the world it was trained on?",
        "loupe.examination/1",
        ExaminationRequest.class,
        ExaminationReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(ExaminationRequest request, Subject subject, Run run) {
    World world = World.of(request.world(), request.scale());
    return subject.hold(
        run,
        watched ->
            switch (request) {
              case OfModel asked -> {
                Examination examination = new Examination(watched.weights(), world, asked.chat());
                yield new Cost(
                    examination.seconds(),
                    Engine.residentBytes(),
                    0,
                    String.format(Locale.ROOT, "%,d questions", examination.size()));
              }
              case OfTrace asked -> estimate(asked, watched, world, run);
              case OfExplain asked -> {
                ExplainExamination examination =
                    new ExplainExamination(watched, world, asked, run.seed());
                yield cost(examination.seconds(), examination.size());
              }
              case OfHighlight asked -> {
                HighlightExamination examination =
                    new HighlightExamination(watched, world, asked.questions());
                yield cost(examination.seconds(), examination.size());
              }
              case OfInfluence asked -> ofInfluence(asked, watched);
              case OfVerify asked -> {
                VerifyExamination examination =
                    new VerifyExamination(watched, world, asked.questions(), run.seed());
                yield cost(examination.seconds(), examination.size());
              }
              case OfAudit asked -> {
                AuditExamination examination =
                    new AuditExamination(watched, world, asked.questions(), run.seed());
                yield cost(examination.seconds(asked.inside()), examination.size());
              }
            });
  }

  private static Cost cost(double seconds, int questions) {
    return new Cost(
        seconds, Engine.residentBytes(), 0, String.format(Locale.ROOT, "%,d questions", questions));
  }

  private static Cost estimate(OfTrace asked, Subject subject, World world, Run run) {
    double seconds = 0;
    List<String> work = new ArrayList<>();
    if (ranks(asked, subject)) {
      TraceExamination examination =
          new TraceExamination(subject.weights(), world, asked.questions(), run.seed());
      seconds += examination.seconds(log(asked, subject));
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
      seconds += examination.seconds(setLog(asked, subject));
      work.add(
          String.format(
              Locale.ROOT, "sets and swaps for %,d questions", examination.questions().size()));
    }
    return new Cost(seconds, Engine.residentBytes(), 0, String.join("; ", work));
  }

  /** Every neuron is ablated, so only a trace of neurons can be compared with that. */
  private static boolean ranks(OfTrace asked, Subject subject) {
    return asked.parts().contains(TracePart.RANKING) && subject.dictionary().isEmpty();
  }

  private static Optional<FigureLog<SetFigures>> setLog(OfTrace asked, Subject subject) {
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

  private static Optional<ExaminationLog> log(OfTrace asked, Subject subject) {
    return asked
        .log()
        .map(file ->
            ExaminationLog.open(
                file,
                "model %s, world %d, scale %s"
                    .formatted(subject.sha256(), asked.world(), asked.scale())));
  }

  @Override
  public Finding<ExaminationReport> ask(ExaminationRequest request, Subject subject, Run run) {
    World world = World.of(request.world(), request.scale());
    return subject.hold(
        run,
        watched ->
            switch (request) {
              case OfModel asked -> ofModel(asked, watched, world, run);
              case OfTrace asked -> ofTrace(asked, watched, world, run);
              case OfExplain asked -> ofExplain(asked, watched, world, run);
              case OfHighlight asked -> ofHighlight(asked, watched, world, run);
              case OfInfluence asked -> ofInfluence(asked, watched, world, run);
              case OfVerify asked -> ofVerify(asked, watched, world, run);
              case OfAudit asked -> ofAudit(asked, watched, world, run);
            });
  }

  /** From a pass of the model: the backward pass, Λ and the scores take about eight more. */
  private static Cost ofInfluence(OfInfluence asked, Subject subject) {
    int documents = InfluenceExamination.OTHERS + asked.questions() * 20;
    return new Cost(
        9 * documents * subject.secondsOfAPass(20),
        Engine.residentBytes() + (1L << 30),
        0,
        String.format(
            Locale.ROOT, "%,d questions, about %,d documents", asked.questions(), documents));
  }

  private static Finding<ExaminationReport> ofInfluence(
      OfInfluence asked, Subject subject, World world, Run run) {
    InfluenceScores scores = new InfluenceExamination(subject, world, asked.questions(), run).run();
    List<Evidence> evidence = new ArrayList<>();
    for (InfluenceScores.Method method : scores.methods()) {
      evidence.add(
          Evidence.noted(
              "Recall at 10 of the documents that state the fact, by " + method.name(),
              Support.OBSERVED,
              method.recall(),
              String.format(
                  Locale.ROOT,
                  "at least one is found for %.3f [%.3f, %.3f] of the questions",
                  method.found().value(),
                  method.found().low(),
                  method.found().high())));
    }
    List<String> caveats = new ArrayList<>();
    caveats.add(
        String.format(
            Locale.ROOT,
            "Documents are sought among those that state a fact asked for and %,d random ones, not"
                + " in the whole corpus; the curvature is fitted to the same documents.",
            InfluenceExamination.OTHERS));
    caveats.add(
        "Facts stated %d to %d times; intervals of recall take documents of one question as independent."
            .formatted(InfluenceExamination.LEAST_STATED, InfluenceExamination.MOST_STATED));
    caveats.addAll(subject.caveats());
    return new Finding<>(
        "loupe.influence-examination/1",
        "Does influence find the documents that taught %s a fact of world %d?"
            .formatted(subject.weights().name(), asked.world()),
        scores,
        evidence,
        caveats,
        subject.provenance(run));
  }

  private Finding<ExaminationReport> ofModel(OfModel asked, Subject subject, World world, Run run) {
    Examination.Result result = new Examination(subject.weights(), world, asked.chat()).run(run);
    List<Goal> goals = asked.chat() ? Goal.ofChat(result) : Goal.ofBase(result);
    List<Goal> measured = goals.stream().filter(goal -> !Double.isNaN(goal.reached())).toList();
    List<String> missed = measured.stream().filter(goal -> !goal.met()).map(Goal::what).toList();
    return new Finding<>(
        card().schema(),
        "What does %s know of world %d?".formatted(subject.weights().name(), asked.world()),
        new ModelScores(subject.weights().name(), asked.world(), asked.scale(), result, goals),
        List.of(
            Evidence.noted(
                "Goals of the largest model of a world that are met",
                Support.OBSERVED,
                Estimate.exactly(
                    measured.size() - missed.size(),
                    String.format(Locale.ROOT, "of %d", measured.size())),
                missed.isEmpty() ? "" : "missed: " + String.join("; ", missed))),
        subject.caveats(),
        subject.provenance(run));
  }

  private static Finding<ExaminationReport> ofExplain(
      OfExplain asked, Subject subject, World world, Run run) {
    ExplainExamination examination = new ExplainExamination(subject, world, asked, run.seed());
    ExplainScores scores =
        new ExplainScores(
            subject.weights().name(),
            asked.world(),
            asked.scale(),
            examination.size(),
            examination.run(run));
    return new Finding<>(
        "loupe.explain-examination/1",
        "How do explanations of %s compare with world %d?"
            .formatted(subject.weights().name(), asked.world()),
        scores,
        scores.methods().stream()
            .map(each ->
                Evidence.noted(
                    "Questions whose strongest word is of the entity's name: "
                        + ExplainExamination.words(each),
                    Support.OBSERVED,
                    each.hit(),
                    ""))
            .toList(),
        subject.caveats(),
        subject.provenance(run));
  }

  private static Finding<ExaminationReport> ofHighlight(
      OfHighlight asked, Subject subject, World world, Run run) {
    HighlightScores scores =
        new HighlightExamination(subject, world, asked.questions())
            .run(asked.world(), asked.scale(), run);
    return new Finding<>(
        "loupe.highlight-examination/1",
        "Does the Token Highlighter find the triggers planted in world %d?"
            .formatted(asked.world()),
        scores,
        scores.shares().stream()
            .map(each ->
                Evidence.noted("Share of " + each.what(), Support.INTERVENED, each.share(), ""))
            .toList(),
        subject.caveats(),
        subject.provenance(run));
  }

  private static Finding<ExaminationReport> ofVerify(
      OfVerify asked, Subject subject, World world, Run run) {
    VerifyScores scores =
        new VerifyExamination(subject, world, asked.questions(), run.seed()).run(run);
    List<String> caveats = new ArrayList<>();
    caveats.add(
        "Claims are in other words than most documents; those of the third kind are true and stated"
            + " nowhere.");
    caveats.addAll(subject.caveats());
    return new Finding<>(
        "loupe.verify-examination/1",
        "Does verification by %s find the truth of world %d?"
            .formatted(subject.weights().name(), asked.world()),
        scores,
        List.of(
            Evidence.noted(
                "Claims for which a document that states the fact is retrieved",
                Support.KNOWN,
                scores.retrieved(),
                "")),
        caveats,
        subject.provenance(run));
  }

  private static Finding<ExaminationReport> ofAudit(
      OfAudit asked, Subject subject, World world, Run run) {
    AuditExamination.Result result =
        new AuditExamination(subject, world, asked.questions(), run.seed())
            .run(asked.inside(), run);
    AuditScores scores =
        new AuditScores(
            subject.weights().name(),
            asked.world(),
            asked.scale(),
            result.forms(),
            result.inside());
    List<String> caveats = new ArrayList<>();
    caveats.add(
        "People are those whose birthday conversations leave to the test, so that models before and"
            + " after training on them are asked the same.");
    caveats.add(
        "The first sentence of greedy generation, by its own probability; abstentions have none."
            + " The expected calibration error and its interval are biased upwards in small"
            + " samples.");
    caveats.addAll(subject.caveats());
    return new Finding<>(
        "loupe.audit-examination/1",
        "Does %s know, or guess, where world %d states a birthday seldom or never?"
            .formatted(subject.weights().name(), asked.world()),
        scores,
        scores.forms().stream()
            .map(each ->
                Evidence.noted(
                    "Wrong answers of all, " + each.form(), Support.KNOWN, each.all().wrong(), ""))
            .toList(),
        caveats,
        subject.provenance(run));
  }

  private Finding<ExaminationReport> ofTrace(OfTrace asked, Subject subject, World world, Run run) {
    TraceExamination.Result ranking =
        ranks(asked, subject)
            ? new TraceExamination(subject.weights(), world, asked.questions(), run.seed())
                .run(log(asked, subject), run)
            : new TraceExamination.Result(List.of());
    Optional<SetScores> sets =
        asked.parts().contains(TracePart.SETS)
            ? Optional.of(
                new SetExamination(subject, world, asked.questions(), run.seed())
                    .run(setLog(asked, subject), run))
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
        OF_TRACE,
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
