package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.HighlightReport.NextToken;
import dev.loupe.instrument.explain.HighlightReport.QueryToken;
import dev.loupe.instrument.explain.HighlightReport.QueryWord;
import dev.loupe.instrument.explain.HighlightReport.Response;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.Logits;
import dev.loupe.model.generate.Generator;
import dev.loupe.model.generate.SamplingOptions;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.Engine;
import dev.loupe.tokenizer.Message;
import dev.loupe.tokenizer.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/** One query, highlighted. */
final class Highlighting {
  private static final int SHOWN = 10;
  private static final int DRAWS = 10;

  private final HighlightRequest request;
  private final Subject subject;
  private final Run run;
  private final LanguageModel model;
  private final LocalText.Scored scored;
  private final int[] query;
  private final int offset;
  private final TokenGradients gradients;

  Highlighting(HighlightRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    this.model = subject.weights();
    if (request.prompt().isBlank()) {
      throw LoupeException.badInput("the query is empty", "Give at least one word.");
    }
    LocalText local = new LocalText(model);
    Prompt asked =
        request.chat()
            ? new Prompt.Chat(List.of(new Message("user", request.prompt())))
            : Prompt.of(request.prompt());
    Prompt.Plain rendered = local.rendered(asked);
    this.scored = local.tokens(new Continuation(rendered, request.affirmation()));
    // A template may strip the turn.
    String seen =
        rendered.text().contains(request.prompt()) ? request.prompt() : request.prompt().strip();
    this.offset = rendered.text().indexOf(seen);
    this.query =
        IntStream.range(0, scored.from() - scored.shift())
            .filter(t -> {
              Token token = scored.whole().token(t);
              return !token.added()
                  && token.endChar() > offset
                  && token.startChar() < offset + seen.length();
            })
            .toArray();
    if (offset < 0 || query.length == 0) {
      throw LoupeException.badInput(
          "the chat template of %s changes the query, so that its tokens cannot be found"
              .formatted(model.name()),
          "Give the prompt as plain text (leave out `chat`).");
    }
    this.gradients = new TokenGradients(subject.transformer(), scored.ids(), scored.from());
  }

  Cost estimate() {
    double pass = subject.secondsOfAPass(scored.ids().length);
    return new Cost(
        pass * (3 + 2 + DRAWS + request.maxTokens()),
        Engine.residentBytes(),
        0,
        String.format(Locale.ROOT, "one gradient over %,d tokens", scored.ids().length));
  }

  Finding<HighlightReport> ask(String schema) {
    TokenGradients.Gradient gradient = gradients.at(1);
    double[] norms = gradient.norms();
    double[] own = Arrays.stream(query).mapToDouble(t -> norms[t + scored.shift()]).toArray();
    int count = (int) Math.ceil(request.alpha() * query.length);
    List<Integer> ranking = Curve.falling(own);
    List<Integer> selected = ranking.subList(0, count);
    Response before = response(List.of());
    Response after = response(selected);
    double[] random = random(count);
    double mean = Arrays.stream(random).average().orElse(Double.NaN);
    HighlightReport report =
        new HighlightReport(
            model.name(),
            request.prompt(),
            request.affirmation(),
            tokens(own, selected),
            words(gradient),
            before,
            after);
    return new Finding<>(
        schema,
        "Which words of the query push %s towards “%s”?"
            .formatted(model.name(), request.affirmation()),
        report,
        List.of(
            Evidence.noted(
                "Soft removal of the highlighted tokens lowers the opening's log-probability by",
                Support.INTERVENED,
                Estimate.exactly(before.affirmation() - after.affirmation(), "nats"),
                String.format(
                    Locale.ROOT,
                    "of as many random tokens of the query by %.3f, mean of %d draws",
                    before.affirmation() - mean,
                    DRAWS)),
            Evidence.noted(
                "Gradient norm of the last token selected less that of the first one left",
                Support.OBSERVED,
                Estimate.exactly(
                    count < own.length
                        ? own[ranking.get(count - 1)] - own[ranking.get(count)]
                        : Double.NaN,
                    ""),
                "")),
        caveats(count),
        subject.provenance(run));
  }

  private List<String> caveats(int count) {
    List<String> caveats = new ArrayList<>(subject.caveats());
    caveats.add(
        String.format(
            Locale.ROOT,
            "The top %.0f%% of the tokens are always selected (`alpha`), here %d of %d: in a harmless query too.",
            100 * request.alpha(),
            count,
            query.length));
    return caveats;
  }

  /** Log-probability of the opening with as many random tokens removed softly. */
  private double[] random(int count) {
    Random random = new Random(run.seed());
    List<Integer> places = new ArrayList<>(IntStream.range(0, query.length).boxed().toList());
    double[] found = new double[DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      Collections.shuffle(places, random);
      found[draw] =
          Arrays.stream(gradients.scaled(factors(places.subList(0, count))).logProbabilities())
              .sum();
    }
    return found;
  }

  /** β at the selected tokens, 1 elsewhere, {@code [pos]}. */
  private double[] factors(List<Integer> selected) {
    double[] factors = new double[scored.ids().length];
    Arrays.fill(factors, 1);
    selected.forEach(place -> factors[query[place] + scored.shift()] = request.beta());
    return factors;
  }

  private Response response(List<Integer> selected) {
    double[] factors = factors(selected);
    TokenGradients.Scaled scaled = gradients.scaled(factors);
    double[] logits = scaled.next();
    double total = Logits.logSum(logits);
    List<NextToken> next =
        Logits.largest(logits, SHOWN).stream()
            .map(
                i -> new NextToken(i, model.tokenizer().tokenText(i), logits[i], logits[i] - total))
            .toList();
    return new Response(
        Arrays.stream(scaled.logProbabilities()).sum(), next, answer(selected, factors));
  }

  private String answer(List<Integer> selected, double[] factors) {
    if (request.maxTokens() == 0) {
      return "";
    }
    int[] prompt = Arrays.copyOf(scored.ids(), scored.from());
    Hooks hooks =
        selected.isEmpty()
            ? Hooks.NONE
            : new SoftRemoval(Arrays.copyOf(factors, prompt.length)).hooks();
    return new Generator(subject.transformer(), model.tokenizer(), model.endTokens())
        .generate(
            prompt, SamplingOptions.greedy(request.maxTokens()), hooks, _ -> {}, run::stopRequested)
        .text();
  }

  private List<QueryToken> tokens(double[] norms, List<Integer> selected) {
    return IntStream.range(0, query.length)
        .mapToObj(i -> {
          Token token = scored.whole().token(query[i]);
          return new QueryToken(
              token.text(),
              Math.max(0, token.startChar() - offset),
              Math.min(request.prompt().length(), token.endChar() - offset),
              norms[i],
              selected.contains(i));
        })
        .toList();
  }

  private List<QueryWord> words(TokenGradients.Gradient gradient) {
    double scale = 1.0 / (scored.ids().length - scored.from());
    List<QueryWord> words = new ArrayList<>();
    for (Unit word : Segmenter.units(request.prompt(), 0, request.prompt().length(), Level.WORD)) {
      List<float[]> rows = new ArrayList<>();
      for (int t : query) {
        Token token = scored.whole().token(t);
        String covered = scored.whole().covered(t);
        int first = token.startChar() + covered.length() - covered.stripLeading().length() - offset;
        if (first >= word.start() && first < word.end()) {
          rows.add(gradient.rows()[t + scored.shift()]);
        }
      }
      if (!rows.isEmpty()) {
        words.add(pooled(word.of(request.prompt()), rows, scale));
      }
    }
    return words;
  }

  private static QueryWord pooled(String text, List<float[]> rows, double scale) {
    double norms = 0;
    double all = 0;
    double[] sum = new double[rows.getFirst().length];
    for (float[] row : rows) {
      double squares = 0;
      for (int i = 0; i < row.length; i++) {
        squares += (double) row[i] * row[i];
        sum[i] += row[i];
      }
      norms += Math.sqrt(squares);
      all += squares;
    }
    double mean = Math.sqrt(Arrays.stream(sum).map(value -> value * value).sum());
    return new QueryWord(
        text, scale * norms / rows.size(), scale * mean / rows.size(), scale * Math.sqrt(all));
  }
}
