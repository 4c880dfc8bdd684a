package dev.loupe.instrument.explain;

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
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** One query, highlighted. */
final class Highlighting {
  private static final int SHOWN = 10;

  private final HighlightRequest request;
  private final Subject subject;
  private final Run run;
  private final LanguageModel model;
  private final QueryTokens query;
  private final TokenGradients gradients;

  Highlighting(HighlightRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    this.model = subject.weights();
    Prompt asked =
        request.chat()
            ? new Prompt.Chat(List.of(new Message("user", request.prompt())))
            : Prompt.of(request.prompt());
    Prompt.Plain rendered = new LocalText(model).rendered(asked);
    this.query = QueryTokens.of(model, rendered, request.prompt(), request.affirmation());
    this.gradients = query.gradients(model);
  }

  Cost estimate() {
    int length = query.scored().ids().length;
    double pass = subject.secondsOfAPass(length);
    return new Cost(
        pass
            * (3
                + 2
                + request.draws()
                + request.maxTokens()
                + (request.refusal().isPresent() ? PhraseDeletion.texts(query.query()) : 0)),
        Engine.residentBytes(),
        0,
        String.format(Locale.ROOT, "one gradient over %,d tokens", length));
  }

  Finding<HighlightReport> ask(String schema) {
    TokenGradients.Gradient gradient = gradients.at(1);
    double[] own = query.norms(gradient);
    Optional<PhraseDeletion> deletion =
        request
            .refusal()
            .map(refusal -> PhraseDeletion.of(model, query, request.affirmation(), refusal, run));
    List<Integer> selected =
        deletion
            .map(each -> each.selected(query, PhraseDeletion.SHARE))
            .orElseGet(() -> QueryTokens.selected(own, request.alpha()));
    Response before = response(List.of());
    Response after = response(selected);
    HighlightReport report =
        new HighlightReport(
            model.name(),
            request.prompt(),
            request.affirmation(),
            tokens(own, deletion, selected),
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
                besideRandom(before, selected.size())),
            deletion.map(PhraseDeletion::evidence).orElseGet(() -> margin(own, selected.size()))),
        caveats(deletion, selected.size()),
        subject.provenance(run));
  }

  private String besideRandom(Response before, int count) {
    if (request.draws() == 0 || count == 0) {
      return "";
    }
    double mean = Arrays.stream(random(count)).average().orElse(Double.NaN);
    return String.format(
        Locale.ROOT,
        "of as many random tokens of the query by %.3f, mean of %d draws",
        before.affirmation() - mean,
        request.draws());
  }

  private static Evidence margin(double[] norms, int count) {
    List<Integer> ranking = Curve.falling(norms);
    return Evidence.noted(
        "Gradient norm of the last token selected less that of the first one left",
        Support.OBSERVED,
        Estimate.exactly(
            count < norms.length
                ? norms[ranking.get(count - 1)] - norms[ranking.get(count)]
                : Double.NaN,
            ""),
        "");
  }

  private List<String> caveats(Optional<PhraseDeletion> deletion, int count) {
    List<String> caveats = new ArrayList<>(subject.caveats());
    caveats.add(
        deletion
            .map(PhraseDeletion::caveat)
            .orElseGet(() ->
                String.format(
                    Locale.ROOT,
                    "The top %.0f%% of the tokens is always selected (`alpha`), here %d of %d: in a"
                        + " harmless query too.",
                    100 * request.alpha(),
                    count,
                    query.places().length)));
    return caveats;
  }

  /** Log-probability of the opening with as many random tokens removed softly. */
  private double[] random(int count) {
    Random random = new Random(run.seed());
    List<Integer> places =
        new ArrayList<>(IntStream.range(0, query.places().length).boxed().toList());
    double[] found = new double[request.draws()];
    for (int draw = 0; draw < found.length; draw++) {
      Collections.shuffle(places, random);
      found[draw] =
          Arrays.stream(gradients.scaled(factors(places.subList(0, count))).logProbabilities())
              .sum();
    }
    return found;
  }

  private double[] factors(List<Integer> selected) {
    return query.factors(selected, request.beta());
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
    int[] prompt = query.prompt();
    Hooks hooks =
        selected.isEmpty()
            ? Hooks.NONE
            : new SoftRemoval(Arrays.copyOf(factors, prompt.length)).hooks();
    return new Generator(subject.transformer(), model.tokenizer(), model.endTokens())
        .generate(
            prompt, SamplingOptions.greedy(request.maxTokens()), hooks, _ -> {}, run::stopRequested)
        .text();
  }

  private List<QueryToken> tokens(
      double[] norms, Optional<PhraseDeletion> deletion, List<Integer> selected) {
    int offset = query.offset();
    return IntStream.range(0, query.places().length)
        .mapToObj(i -> {
          Token token = query.token(i);
          return new QueryToken(
              token.text(),
              Math.max(0, token.startChar() - offset),
              Math.min(request.prompt().length(), token.endChar() - offset),
              norms[i],
              deletion.map(each -> each.alone(query, i)).orElse(Double.NaN),
              selected.contains(i));
        })
        .toList();
  }

  private List<QueryWord> words(TokenGradients.Gradient gradient) {
    LocalText.Scored scored = query.scored();
    double scale = 1.0 / (scored.ids().length - scored.from());
    List<QueryWord> words = new ArrayList<>();
    for (Unit word : Segmenter.units(request.prompt(), 0, request.prompt().length(), Level.WORD)) {
      List<float[]> rows = new ArrayList<>();
      for (int t : query.places()) {
        Token token = scored.whole().token(t);
        String covered = scored.whole().covered(t);
        int first =
            token.startChar() + covered.length() - covered.stripLeading().length() - query.offset();
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
