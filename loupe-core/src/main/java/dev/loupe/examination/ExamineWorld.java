package dev.loupe.examination;

import dev.loupe.examination.ExaminationRequest.OfAudit;
import dev.loupe.examination.ExaminationRequest.OfExplain;
import dev.loupe.examination.ExaminationRequest.OfHighlight;
import dev.loupe.examination.ExaminationRequest.OfInfluence;
import dev.loupe.examination.ExaminationRequest.OfModel;
import dev.loupe.examination.ExaminationRequest.OfTrace;
import dev.loupe.examination.ExaminationRequest.OfVerify;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
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

/**
 * How a model, or the trace on a model, compares with the world it was trained on, whose truth is
 * known.
 */
public final class ExamineWorld implements Instrument<ExaminationRequest, ExaminationReport> {
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
              case OfTrace asked -> new ExamineTrace(asked, watched, world, run).estimate();
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

  @Override
  public Finding<ExaminationReport> ask(ExaminationRequest request, Subject subject, Run run) {
    World world = World.of(request.world(), request.scale());
    return subject.hold(
        run,
        watched ->
            switch (request) {
              case OfModel asked -> ofModel(asked, watched, world, run);
              case OfTrace asked -> new ExamineTrace(asked, watched, world, run).ask();
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
}
