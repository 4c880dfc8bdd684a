package dev.loupe.instrument.audit;

import dev.loupe.audit.AnswerMatch;
import dev.loupe.audit.SamplingAgreement;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.WatchHistory.Kept;
import dev.loupe.instrument.audit.WatchHistory.Line;
import dev.loupe.instrument.audit.WatchReport.Change;
import dev.loupe.instrument.audit.WatchReport.Since;
import dev.loupe.instrument.audit.WatchReport.WatchedAnswer;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextModel.Answer;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.model.text.TextModel.Sampling;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.report.Verdict;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.ProportionInterval;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** One request of {@link WatchAnswers}. */
final class Watching {
  private static final double LEVEL = 0.95;

  private final WatchRequest request;
  private final Subject subject;
  private final Run run;
  private final Optional<Line> before;

  Watching(WatchRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    calls()
        .require(
            request.maxCalls(), "Watch fewer answers or draw fewer samples, or raise `maxCalls`.");
    this.before = request.history().flatMap(file -> new WatchHistory(file).last());
    before
        .filter(line -> line.chat() != request.chat())
        .ifPresent(line -> {
          throw LoupeException.badInput(
              "the last run of the history gave the prompts as %s, and this one as %s"
                  .formatted(form(line.chat()), form(request.chat())),
              "Ask in the same form, or begin another history.");
        });
  }

  private static String form(boolean chat) {
    return chat ? "turns of a conversation" : "plain text";
  }

  private Calls calls() {
    return Calls.of(request.calls(), request.mostTokens());
  }

  Cost estimate() {
    return calls()
        .cost(
            subject,
            "%d answers of at most %d tokens and %d scores"
                .formatted(
                    request.watched().size() * (request.samples() + 1L),
                    request.mostTokens(),
                    request.watched().size()));
  }

  /** What the model said of one prompt. */
  private record Said(OptionalDouble probability, String likeliest, List<String> samples) {}

  Finding<WatchReport> ask(String schema) {
    List<String> caveats = new ArrayList<>();
    List<Said> said = said(caveats);
    Line now = line(said);
    Optional<WatchComparison> compared =
        before.map(line -> WatchComparison.of(line, now, request.tolerance(), LEVEL));
    List<WatchedAnswer> answers = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      Kept kept = now.answers().get(i);
      answers.add(
          answer(
              request.watched().get(i),
              said.get(i),
              kept,
              compared.flatMap(each -> Optional.ofNullable(each.changes().get(kept.id())))));
    }
    compared.ifPresent(each -> caveats.addAll(caveats(each.since())));
    caveats.addAll(subject.caveats());
    WatchReport report =
        new WatchReport(
            now.model(),
            request.when(),
            request.samples(),
            request.temperature(),
            answers,
            compared.map(WatchComparison::since));
    Finding<WatchReport> finding =
        new Finding<>(
            schema,
            "Does %s still give the answers that matter?".formatted(now.model()),
            report,
            evidence(report),
            caveats,
            subject.provenance(run));
    // Last, so that a run that was stopped leaves no line.
    if (request.append()) {
      new WatchHistory(request.history().orElseThrow()).append(now);
    }
    return finding;
  }

  private List<Said> said(List<String> caveats) {
    TextModel model = subject.text();
    List<Prompt> prompts = request.watched().stream().map(this::prompt).toList();
    List<OptionalDouble> probabilities = new ArrayList<>();
    List<Said> said = new ArrayList<>();
    try (Steps steps = run.steps("watching", Counted.STEPS, request.calls())) {
      Optional<LoupeException> refusal = model.whyNoScores(prompts.getFirst());
      refusal.ifPresent(reason ->
          caveats.add("No probabilities: " + reason.getMessage() + ". Samples tell alone."));
      if (refusal.isEmpty()) {
        List<Continuation> texts = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
          texts.add(
              new Continuation(
                  prompts.get(i), request.watched().get(i).continuation(request.chat())));
        }
        model
            .score(texts, steps::at)
            .forEach(score -> probabilities.add(OptionalDouble.of(Math.exp(score.sum()))));
      }
      long scored = prompts.size();
      List<Answer> likeliest =
          model.answer(prompts, request.mostTokens(), done -> steps.at(scored + done));
      List<List<Answer>> samples =
          model.sample(
              prompts,
              new Sampling(
                  request.temperature(), request.samples(), request.mostTokens(), run.seed()),
              done -> steps.at(2 * scored + done));
      for (int i = 0; i < prompts.size(); i++) {
        said.add(
            new Said(
                probabilities.isEmpty() ? OptionalDouble.empty() : probabilities.get(i),
                Asking.text(likeliest.get(i).text(), request.chat()),
                samples.get(i).stream()
                    .map(each -> Asking.text(each.text(), request.chat()))
                    .toList()));
      }
    }
    return said;
  }

  private Prompt prompt(Watched watched) {
    return request.chat()
        ? new Prompt.Chat(List.of(new Message("user", watched.prompt())))
        : Prompt.of(watched.prompt());
  }

  private Line line(List<Said> said) {
    List<Kept> kept = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      Watched watched = request.watched().get(i);
      Said each = said.get(i);
      kept.add(
          new Kept(
              watched.id(),
              watched.prompt() + " → " + String.join("|", watched.answers()),
              each.probability(),
              each.samples().stream().filter(text -> watched.isIn(text, request.match())).count(),
              request.samples(),
              watched.isIn(each.likeliest(), request.match())));
    }
    return new Line(
        request.when(),
        subject.text().name(),
        subject.sha256(),
        request.temperature(),
        request.mostTokens(),
        request.chat(),
        request.match().toString(),
        kept);
  }

  private static WatchedAnswer answer(
      Watched watched, Said said, Kept kept, Optional<Change> change) {
    Map<String, Integer> numbers = new HashMap<>();
    List<String> texts = new ArrayList<>();
    List<Integer> clusters = new ArrayList<>();
    for (String sample : said.samples()) {
      String normal = AnswerMatch.normalised(sample);
      clusters.add(numbers.computeIfAbsent(normal, _ -> numbers.size()));
      if (texts.size() < numbers.size()) {
        texts.add(normal);
      }
    }
    SamplingAgreement agreement = SamplingAgreement.of(clusters);
    int usual = agreement.modes().stream().mapToInt(each -> each).min().orElseThrow();
    return new WatchedAnswer(
        watched.id(),
        watched.prompt(),
        watched.answers().getFirst(),
        kept.probability().orElse(Double.NaN),
        said.likeliest(),
        kept.likeliest(),
        share(kept.right(), kept.samples()),
        texts.get(usual),
        share(agreement.mostFrequent(), kept.samples()),
        agreement.entropy(),
        change);
  }

  private static Estimate share(long part, long all) {
    return ProportionInterval.WILSON.estimate(new Counts(part, all), LEVEL);
  }

  private List<Evidence> evidence(WatchReport report) {
    List<Evidence> evidence = new ArrayList<>();
    long right = report.watched().stream().filter(WatchedAnswer::likeliestIsRight).count();
    evidence.add(
        Evidence.noted(
            "the likeliest answer is the one that is watched",
            Support.KNOWN,
            share(right, report.watched().size()),
            ""));
    report
        .since()
        .ifPresent(since -> {
          if (report.watched().stream().anyMatch(each -> !Double.isNaN(each.probability()))) {
            evidence.add(
                Evidence.atMost(
                    0,
                    String.format(
                        Locale.ROOT,
                        "no probability moved by more than %s since %s",
                        since.tolerance(),
                        since.when()),
                    Support.OBSERVED,
                    Estimate.exactly(since.moved(), "of %d answers".formatted(since.compared())),
                    ""));
          }
          if (!Double.isNaN(since.right().value())) {
            evidence.add(
                Evidence.atMost(
                    0,
                    "no answer is sampled more or less often than in %s, Fisher's test by Holm"
                        .formatted(since.when()),
                    Support.OBSERVED,
                    Estimate.exactly(since.changed(), "of %d answers".formatted(since.compared())),
                    ""));
            evidence.add(together(since));
          }
        });
    return evidence;
  }

  /** The check of all answers together fails where its interval leaves 0 out. */
  private static Evidence together(Since since) {
    Estimate right = since.right();
    String checked =
        "all answers together are sampled as often as in %s: the interval holds 0"
            .formatted(since.when());
    boolean leavesOut = right.hasInterval() && (right.low() > 0 || right.high() < 0);
    return right.hasInterval()
        ? new Evidence(
            checked, Support.OBSERVED, right, 0, leavesOut ? Verdict.FAILED : Verdict.PASSED, "")
        : Evidence.noted(checked, Support.OBSERVED, right, "no interval of a single answer");
  }

  private List<String> caveats(Since since) {
    List<String> caveats = new ArrayList<>();
    if (since.added() + since.gone() > 0) {
      caveats.add(
          "%d answers are new or have another text than in the last run, %d of the last run are gone: not compared."
              .formatted(since.added(), since.gone()));
    }
    if (Double.isNaN(since.right().value())) {
      caveats.add(
          "The last run drew or compared its samples in another way; shares of samples are not"
              + " compared.");
    } else {
      caveats.add(
          since.mostLeft() < 0
              ? "With %d samples of each of %d answers no change of a single one can be certain; draw more."
                  .formatted(request.samples(), since.compared())
              : "Of an answer that all %d samples gave, %d or fewer must be left for a change to be certain among %d answers."
                  .formatted(request.samples(), since.mostLeft(), since.compared()));
    }
    return caveats;
  }
}
