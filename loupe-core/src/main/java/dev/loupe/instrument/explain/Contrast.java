package dev.loupe.instrument.explain;

import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Card;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Needs;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.ContrastReport.Edit;
import dev.loupe.instrument.explain.ContrastReport.Word;
import dev.loupe.instrument.explain.ContrastSearch.Result;
import dev.loupe.instrument.explain.ContrastSearch.Visit;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.FigureLog;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.Engine;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which small edit of the prompt changes the answer: CELL and mCELL (Luss et al. 2024), with other
 * words by the model itself.
 */
public final class Contrast implements Instrument<ContrastRequest, ContrastReport> {
  private static final double SECONDS_OF_AN_EDIT = 6; // forward passes of an infill and a score

  @Override
  public Card<ContrastRequest, ContrastReport> card() {
    return new Card<>(
        "explain contrast",
        "Which small edit of the prompt changes the answer?",
        "loupe.contrast/1",
        ContrastRequest.class,
        ContrastReport.class,
        Needs.WEIGHTS);
  }

  @Override
  public Cost estimate(ContrastRequest request, Subject subject, Run run) {
    return subject.hold(
        run,
        watched -> {
          int tokens = watched.prompt(request.prompt(), false).size() + request.maxTokens();
          return new Cost(
              SECONDS_OF_AN_EDIT * request.budget() * watched.secondsOfAPass(tokens),
              Engine.residentBytes(),
              0,
              String.format(Locale.ROOT, "%,d edited prompts", request.budget()));
        });
  }

  @Override
  public Finding<ContrastReport> ask(ContrastRequest request, Subject subject, Run run) {
    return subject.hold(run, watched -> new Search(request, watched, run).ask());
  }

  /** An edited prompt's score, a line of the log. */
  private record Scored(String text, double score) {}

  private final class Search {
    private final ContrastRequest request;
    private final Subject subject;
    private final Run run;
    private final List<String> words;
    private final String answer;
    private final double base;
    private final Map<List<String>, Double> known = new HashMap<>();
    private final Optional<FigureLog<Scored>> log;

    Search(ContrastRequest request, Subject subject, Run run) {
      this.request = request;
      this.subject = subject;
      this.run = run;
      this.words =
          Segmenter.units(request.prompt(), 0, request.prompt().length(), Level.WORD).stream()
              .map(unit -> unit.of(request.prompt()))
              .toList();
      if (words.size() < 2) {
        throw LoupeException.badInput(
            "the prompt has fewer than two words", "Give a longer prompt.");
      }
      this.answer = answer(words);
      if (answer.isEmpty()) {
        throw LoupeException.badInput(
            "the model's answer is empty: it ends at once", "Give another prompt.");
      }
      boolean byProbability =
          request.judge().isEmpty() && request.measure() == Measure.LOG_PROBABILITY;
      this.base = byProbability ? logProbability(words) : 0;
      this.log =
          request
              .log()
              .map(file ->
                  FigureLog.open(
                      file,
                      "edits of “%s”, answered “%s” by %s %s, %s"
                          .formatted(
                              request.prompt(),
                              answer,
                              subject.text().name(),
                              subject.sha256(),
                              measured()),
                      Scored.class,
                      Scored::text));
    }

    private Prompt prompt(List<String> edited) {
      String text = String.join(" ", edited);
      return request.chat() ? new Prompt.Chat(List.of(new Message("user", text))) : Prompt.of(text);
    }

    private String answer(List<String> edited) {
      return subject
          .text()
          .answer(List.of(prompt(edited)), request.maxTokens(), _ -> run.check())
          .getFirst()
          .text();
    }

    private double logProbability(List<String> edited) {
      return subject
          .text()
          .score(List.of(new Continuation(prompt(edited), answer)), _ -> run.check())
          .getFirst()
          .sum();
    }

    /** From the log, or measured and then, complete, written to it. */
    private double score(List<String> edited) {
      String text = String.join(" ", edited);
      Optional<Scored> before = log.flatMap(each -> each.find(text));
      if (before.isPresent()) {
        return before.get().score();
      }
      double score = measure(edited);
      log.ifPresent(each -> each.add(new Scored(text, score)));
      return score;
    }

    private double measure(List<String> edited) {
      if (request.judge().isPresent()) {
        return request.judge().get().difference(answer, answer(edited));
      }
      return switch (request.measure()) {
        case LOG_PROBABILITY -> base - logProbability(edited);
        case ROUGE, BLEU, SIMILARITY -> 1 - similarity().of(answer(edited), answer);
      };
    }

    private AnswerSimilarity similarity() {
      return new AnswerSimilarity(request.measure(), request.embedding());
    }

    Finding<ContrastReport> ask() {
      Infilling infilling = new Infilling(subject.weights());
      Result result;
      try (Steps steps = run.steps("editing the prompt", Counted.PROMPTS, request.budget())) {
        long[] done = new long[1];
        ContrastSearch.Score score =
            (edited, _) -> {
              steps.at(Math.min(++done[0], request.budget()));
              return known.computeIfAbsent(List.copyOf(edited), this::score);
            };
        ContrastSearch search =
            new ContrastSearch(words, infilling::of, score, request.threshold());
        ContrastSearch.Pick pick = ContrastSearch.Pick.random(run.seed());
        result =
            switch (request.search()) {
              case BEST_FIRST ->
                  new BestFirst(
                          words, infilling::of, score, request.threshold(), request.mostWords())
                      .run(request.budget(), pick);
              case CELL ->
                  search.planned(request.budget(), request.radius(), ContrastRequest.ALPHA, pick);
              case MCELL -> search.greedy(request.budget());
            };
      }
      Visit best = result.best();
      ContrastReport report =
          new ContrastReport(
              subject.text().name(),
              answer,
              answer(best.words()),
              measured(),
              best.score(),
              IntStream.range(0, words.size())
                  .mapToObj(i -> new Word(words.get(i), best.words().get(i)))
                  .toList(),
              result.stop(),
              result.visits().stream()
                  .map(each ->
                      new Edit(each.changed(), String.join(" ", each.words()), each.score()))
                  .toList());
      return new Finding<>(
          card().schema(),
          "Which small edit changes the answer “%s” of %s?"
              .formatted(answer.strip(), subject.text().name()),
          report,
          evidence(result),
          caveats(),
          subject.provenance(run));
    }

    private String measured() {
      if (request.judge().isPresent()) {
        return request.judge().get().measured();
      }
      return switch (request.measure()) {
        case LOG_PROBABILITY -> "fall of the answer's log-probability, in nats";
        case ROUGE, BLEU, SIMILARITY ->
            "one less the %s of the two answers".formatted(similarity().words());
      };
    }

    private List<Evidence> evidence(Result result) {
      double[] singles =
          result.visits().stream()
              .filter(each -> each.changed().size() == 1)
              .mapToDouble(each -> Math.abs(each.score()))
              .toArray();
      return List.of(
          Evidence.noted(
              "The edit changes the score by (%s)".formatted(measured()),
              Support.INTERVENED,
              Estimate.exactly(result.best().score(), ""),
              String.format(
                  Locale.ROOT,
                  "edits of one word: mean size %.3f over %d; the search ended: %s",
                  IntStream.range(0, singles.length)
                      .mapToDouble(i -> singles[i])
                      .average()
                      .orElse(Double.NaN),
                  singles.length,
                  result.stop())));
    }

    private List<String> caveats() {
      List<String> caveats = new ArrayList<>(subject.caveats());
      caveats.add(
          "Other words are the model's own likeliest ones after the words before them: they may not"
              + " fit what follows.");
      caveats.add(
          "%d edited prompts at most (`budget`): another edit may change more."
              .formatted(request.budget()));
      request.judge().map(AnswerJudge::caveats).ifPresent(caveats::addAll);
      request.embedding().flatMap(EmbeddingModel::caveat).ifPresent(caveats::add);
      return caveats;
    }
  }
}
