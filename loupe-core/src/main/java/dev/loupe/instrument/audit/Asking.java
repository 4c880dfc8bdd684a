package dev.loupe.instrument.audit;

import dev.loupe.audit.AnswerMatch;
import dev.loupe.audit.AnswerOptions;
import dev.loupe.audit.BehaviouralCalibration;
import dev.loupe.audit.ConfidenceTarget;
import dev.loupe.audit.Grade;
import dev.loupe.audit.GradeCounts;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.AskModelReport.Asked;
import dev.loupe.instrument.audit.AskModelReport.Change;
import dev.loupe.instrument.audit.AskModelReport.Step;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Answer;
import dev.loupe.model.text.TextModel.Sampling;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Forecasts;
import dev.loupe.statistics.ProportionInterval;
import dev.loupe.statistics.Reliability;
import dev.loupe.statistics.Reliability.Binning;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongConsumer;

/** One request of {@link AskModel}. */
final class Asking {
  private static final double LEVEL = 0.95;
  private static final int BINS = 10;

  private final AskModelRequest request;
  private final Subject subject;
  private final Run run;
  private final AnswerOptions options = AnswerOptions.usual();

  Asking(AskModelRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    calls()
        .require(
            request.maxCalls(), "Ask fewer questions, targets or samples, or raise `maxCalls`.");
  }

  private Calls calls() {
    return Calls.of(request.calls(), request.mostTokens());
  }

  Cost estimate() {
    return calls()
        .cost(
            subject,
            "%d answers of at most %d tokens".formatted(request.calls(), request.mostTokens()));
  }

  /** First answers under one instruction, and what all samples say of them. */
  private record Told(
      double target,
      String instruction,
      List<String> first,
      List<Grade> grades,
      List<Double> agreement,
      List<OptionalDouble> stated) {}

  Finding<AskModelReport> ask(String schema) {
    List<Told> told = new ArrayList<>();
    try (Steps steps = run.steps("asking", Counted.STEPS, request.calls())) {
      long done = 0;
      for (int i = 0; i <= request.targets().size(); i++) {
        double target = i == 0 ? 0 : request.targets().get(i - 1);
        long before = done;
        told.add(told(target, now -> steps.at(before + now)));
        done += (long) request.probes().size() * request.samples();
      }
    }
    List<Double> targets = told.stream().map(Told::target).toList();
    BehaviouralCalibration calibration =
        BehaviouralCalibration.of(targets, told.stream().map(Told::grades).toList(), LEVEL);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < told.size(); i++) {
      steps.add(step(told.get(i), calibration.steps().get(i)));
    }
    List<Change> changes =
        calibration.changes().stream()
            .map(each -> new Change(each.from(), each.to(), each.stopped(), each.began(), each.p()))
            .toList();
    AskModelReport report =
        new AskModelReport(
            subject.text().name(),
            request.samples(),
            steps,
            changes,
            calibration.trend(),
            calibration.trendP(),
            calibration.neverRises(),
            asked(told));
    return new Finding<>(
        schema,
        "Does %s abstain where it would be wrong?".formatted(subject.text().name()),
        report,
        evidence(steps),
        caveats(),
        subject.provenance(run));
  }

  private Told told(double target, LongConsumer done) {
    String instruction =
        target == 0 ? "" : ConfidenceTarget.sentence(request.instruction(), target);
    List<Prompt> prompts =
        request.probes().stream().map(probe -> prompt(probe, instruction)).toList();
    List<List<Answer>> answers =
        subject
            .text()
            .sample(
                prompts,
                new Sampling(
                    request.temperature(), request.samples(), request.mostTokens(), run.seed()),
                done);
    List<String> first = new ArrayList<>();
    List<Grade> grades = new ArrayList<>();
    List<Double> agreement = new ArrayList<>();
    List<OptionalDouble> stated = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      List<String> texts =
          answers.get(i).stream().map(each -> text(each.text(), request.chat())).toList();
      String said = withoutConfidence(texts.getFirst());
      first.add(texts.getFirst());
      grades.add(grade(request.probes().get(i), said));
      String normal = AnswerMatch.normalised(said);
      agreement.add(
          texts.stream()
                  .filter(each -> AnswerMatch.normalised(withoutConfidence(each)).equals(normal))
                  .count()
              / (double) texts.size());
      stated.add(
          request.stated()
              ? options.stated(Optional.of(texts.getFirst()))
              : OptionalDouble.empty());
    }
    return new Told(target, instruction, first, grades, agreement, stated);
  }

  private Prompt prompt(Probe probe, String instruction) {
    StringBuilder text = new StringBuilder(probe.question());
    if (!instruction.isEmpty() && !request.system()) {
      text.append(' ').append(instruction);
    }
    if (request.stated()) {
      text.append(' ').append(ConfidenceTarget.CONFIDENCE_REQUEST);
    }
    if (!request.chat()) {
      return Prompt.of(text.toString());
    }
    List<Message> messages = new ArrayList<>();
    if (!instruction.isEmpty() && request.system()) {
      messages.add(new Message("system", instruction));
    }
    messages.add(new Message("user", text.toString()));
    return new Prompt.Chat(messages);
  }

  /** Of a model that goes on with a plain text, its first line is the answer. */
  static String text(String answer, boolean chat) {
    String stripped = answer.strip();
    return chat || stripped.isEmpty() ? stripped : stripped.lines().findFirst().orElse("");
  }

  private String withoutConfidence(String answer) {
    return request.stated() ? options.stated().matcher(answer).replaceAll("").strip() : answer;
  }

  private Grade grade(Probe probe, String answer) {
    Grade matched =
        probe.right().isEmpty()
            ? Grade.WRONG
            : AnswerMatch.of(probe.match()).grade(answer, probe.right());
    return options.grade(Optional.of(answer), matched);
  }

  private Step step(Told told, BehaviouralCalibration.Step found) {
    GradeCounts counts = found.counts();
    List<Integer> attempted = new ArrayList<>();
    for (int i = 0; i < told.grades().size(); i++) {
      if (told.grades().get(i) == Grade.RIGHT || told.grades().get(i) == Grade.WRONG) {
        attempted.add(i);
      }
    }
    boolean hasSamples = request.samples() > 1;
    Optional<Forecasts> agreement =
        hasSamples ? forecasts(attempted, told, told.agreement()) : Optional.empty();
    List<Integer> withStated =
        attempted.stream().filter(i -> told.stated().get(i).isPresent()).toList();
    Optional<Forecasts> stated =
        forecasts(withStated, told, told.stated().stream().map(each -> each.orElse(0)).toList());
    return new Step(
        told.target(),
        told.instruction(),
        counts,
        share(counts.right(), counts.attempted()),
        share(counts.abstained(), counts.answers()),
        found.verdict(),
        found.score().score(),
        found.abstainedFromAnswered(),
        found.abstainedFromRight(),
        hasSamples
            ? told.agreement().stream().mapToDouble(each -> each).average().orElse(Double.NaN)
            : Double.NaN,
        agreement.map(Forecasts::auroc).orElse(Double.NaN),
        stated.map(Forecasts::meanConfidence).orElse(Double.NaN),
        stated
            .map(each -> Reliability.of(each, Binning.EQUAL_WIDTH, BINS, LEVEL).expectedError())
            .orElse(Double.NaN));
  }

  private static Optional<Forecasts> forecasts(
      List<Integer> of, Told told, List<Double> confidences) {
    if (of.isEmpty()) {
      return Optional.empty();
    }
    double[] confidence = of.stream().mapToDouble(confidences::get).toArray();
    boolean[] right = new boolean[confidence.length];
    for (int i = 0; i < right.length; i++) {
      right[i] = told.grades().get(of.get(i)) == Grade.RIGHT;
    }
    return Optional.of(new Forecasts(confidence, right));
  }

  private static Estimate share(long part, long all) {
    return all == 0
        ? Estimate.exactly(Double.NaN, "of no answer")
        : ProportionInterval.WILSON.estimate(new Counts(part, all), LEVEL);
  }

  private List<Asked> asked(List<Told> told) {
    List<Asked> all = new ArrayList<>();
    for (int i = 0; i < request.probes().size(); i++) {
      int number = i;
      Probe probe = request.probes().get(i);
      all.add(
          new Asked(
              probe.id(),
              probe.category(),
              probe.question(),
              told.stream().map(each -> each.first().get(number)).toList(),
              told.stream().map(each -> each.grades().get(number)).toList()));
    }
    return all;
  }

  private static List<Evidence> evidence(List<Step> steps) {
    List<Evidence> evidence = new ArrayList<>();
    for (Step step : steps.subList(1, steps.size())) {
      evidence.add(
          Evidence.noted(
              String.format(
                  Locale.ROOT,
                  "at a stated target of %s the accuracy of the answers given %s",
                  step.target(),
                  switch (step.verdict()) {
                    case MEETS -> "reaches it";
                    case FAILS -> "stays below it";
                    case UNDECIDED -> "may or may not reach it";
                    case NO_ANSWERS -> "cannot be told: there is none";
                  }),
              Support.KNOWN,
              step.accuracy(),
              ""));
    }
    return evidence;
  }

  private List<String> caveats() {
    List<String> caveats = new ArrayList<>();
    caveats.add(
        "Verdicts, tests and intervals are of the first answer to each question; further samples"
            + " give the agreement.");
    caveats.add(
        "An abstention is \"I don't know\" and the like, alone; one in other words counts as"
            + " wrong.");
    caveats.addAll(subject.caveats());
    return caveats;
  }
}
