package dev.loupe.instrument.influence;

import dev.loupe.corpus.Corpus;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;

/** One completion and the documents of a fit's corpus. */
final class Question implements AutoCloseable {
  /** Gap of the tokens' sum: the same float32 products added in another order. */
  private static final double SAME_SUM = 1e-3;

  private static final double LEVEL = 0.95;

  private final AskRequest request;
  private final Subject subject;
  private final Run run;
  private final SequenceGradients network;

  Question(AskRequest request, Subject subject, Run run) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    this.network = Networks.of(subject);
  }

  /** The completion as tokens. */
  private record Completion(Sequence sequence, int prompt, String text, boolean joined) {}

  private Completion completion() {
    TokenSequence prompt = subject.prompt(request.prompt(), false);
    int[] before = prompt.ids();
    int[] after;
    boolean joined = true;
    if (request.completion().isPresent()) {
      String text = request.completion().get();
      int[] all = subject.weights().tokenizer().ids(request.prompt() + text, true);
      joined =
          all.length > before.length
              && Arrays.equals(before, 0, before.length, all, 0, before.length);
      after =
          joined
              ? Arrays.copyOfRange(all, before.length, all.length)
              : subject.weights().tokenizer().textIds(text);
      if (text.isEmpty() || after.length == 0) {
        throw LoupeException.badInput(
            "the completion is empty, so there is no loss to explain",
            "Give at least one token of text, or leave `completion` out for the model's own.");
      }
    } else {
      after = new int[] {next(before)};
    }
    int[] tokens = Arrays.copyOf(before, before.length + after.length);
    System.arraycopy(after, 0, tokens, before.length, after.length);
    if (tokens.length > network.context()) {
      throw LoupeException.badInput(
          "prompt and completion are %d tokens long and the model reads at most %d"
              .formatted(tokens.length, network.context()),
          "Shorten one of them.");
    }
    String text =
        request.completion().orElseGet(() -> subject.weights().tokenizer().tokenText(after[0]));
    return new Completion(Sequence.completion(tokens, before.length), before.length, text, joined);
  }

  private int next(int[] tokens) {
    try (var _ = NativeScope.open()) {
      Tensor hidden = subject.transformer().hidden(TokenBatch.of(tokens), Hooks.NONE, null);
      Tensor last = hidden.select(0, 0).slice(0, tokens.length - 1L, tokens.length);
      return Math.toIntExact(subject.transformer().unembed(last).argmax(1).toLongs()[0]);
    }
  }

  private FitFolder.Description described(FitFolder folder) {
    FitFolder.Description found = folder.describe(Networks.maps(network, true));
    String sha256 = subject.sha256();
    if (!found.identity().model().equals(sha256)) {
      throw LoupeException.badInput(
          "%s was fitted to a model with weights %s…, and %s has weights %s…"
              .formatted(
                  request.fit(),
                  brief(found.identity().model()),
                  subject.weights().name(),
                  brief(sha256)),
          "Open the model that it was fitted to, or fit this one.");
    }
    return found;
  }

  private static String brief(String sha256) {
    return sha256.substring(0, Math.min(12, sha256.length()));
  }

  private Corpus corpus(FitFolder.Description described) {
    return Corpus.open(request.corpus().orElse(described.corpus()), false);
  }

  Cost estimate() {
    FitFolder.Description described = described(new FitFolder(request.fit()));
    completion();
    double tokens = TrainingText.characters(corpus(described)) * described.share() / 4;
    return new Cost(
        tokens * Networks.secondsOfAToken(network),
        Engine.residentBytes(),
        0,
        String.format(Locale.ROOT, "about %,.0f tokens scored", tokens));
  }

  Finding<AskReport> ask(String schema) {
    FitFolder folder = new FitFolder(request.fit());
    FitFolder.Description described = described(folder);
    Completion completion = completion();
    TrainingText text =
        TrainingText.read(
            corpus(described), subject.weights(), described.share(), network.context(), run);
    if (!text.sha256().equals(described.identity().corpus())) {
      throw LoupeException.badInput(
          "the documents are not those of the fit: SHA-256 of their ids and tokens is %s…, was %s…"
              .formatted(brief(text.sha256()), brief(described.identity().corpus())),
          "Name the corpus that was fitted (`corpus`), or fit this one.");
    }
    List<BlockMap> maps = List.copyOf(described.sha256().keySet());
    Scorer scorer = new Scorer(network);
    Map<BlockMap, Double> dampings = new LinkedHashMap<>();
    try (var _ = NativeScope.open()) {
      Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
      Map<BlockMap, Tensor> products = new LinkedHashMap<>();
      Map<BlockMap, Tensor> gradients = scorer.gradient(completion.sequence(), maps);
      double norm = 0;
      try {
        for (BlockMap map : maps) {
          Tensor gradient = CurvatureFit.of(gradients, map);
          norm += gradient.square().sum().item();
          int[] sizes = network.sizes(map);
          try (MapFactors factors = folder.read(map, sizes[0], sizes[1], network.dtype())) {
            double damping = request.damping().orElseGet(factors::heuristicDamping);
            dampings.put(map, damping);
            Tensor product = factors.inverse(gradient, damping);
            products.put(map, product);
            directions.put(map, Tensor.stack(List.of(product, gradient), 0));
          }
        }
      } finally {
        gradients.values().forEach(Tensor::close);
      }
      Scorer.Scores scores = scorer.score(text.sequences(), directions, run);
      return new Scored(completion, text, maps, scores, products, dampings, Math.sqrt(norm))
          .finding(schema, scorer);
    }
  }

  /** All scores, to be reported. */
  private final class Scored {
    private final Completion completion;
    private final TrainingText text;
    private final List<BlockMap> maps;
    private final Scorer.Scores scores;
    private final Map<BlockMap, Tensor> products;
    private final Map<BlockMap, Double> dampings;
    private final double queryNorm;
    private final double[] totals;
    private double gap;

    Scored(
        Completion completion,
        TrainingText text,
        List<BlockMap> maps,
        Scorer.Scores scores,
        Map<BlockMap, Tensor> products,
        Map<BlockMap, Double> dampings,
        double queryNorm) {
      this.completion = completion;
      this.text = text;
      this.maps = maps;
      this.scores = scores;
      this.products = products;
      this.dampings = dampings;
      this.queryNorm = queryNorm;
      this.totals =
          IntStream.range(0, text.sequences().size())
              .mapToDouble(n -> scores.total(n, 0))
              .toArray();
    }

    Finding<AskReport> finding(String schema, Scorer scorer) {
      for (int n = 0; n < totals.length; n++) {
        if (!Double.isFinite(totals[n])) {
          throw LoupeException.badInput(
              "the influence of document %s is not a finite number"
                  .formatted(text.sequences().get(n).id()),
              "Open the model in float64 (`dtype`); if that fails too, its weights are damaged.");
        }
      }
      int[] highest = highest(1);
      int[] lowest = highest(-1);
      AskReport report =
          new AskReport(
              subject.weights().name(),
              request.prompt(),
              completion.text(),
              network.loss(completion.sequence().tokens(), completion.sequence().counts()),
              totals.length,
              documents(highest, scorer, each -> each > 0),
              documents(lowest, scorer, each -> each < 0),
              byMap(highest, lowest));
      return new Finding<>(
          schema,
          "Which training documents taught %s to continue “%s” with “%s”?"
              .formatted(subject.weights().name(), request.prompt(), completion.text()),
          report,
          evidence(highest),
          caveats(),
          subject.provenance(run));
    }

    /** What documents are ranked by. */
    private double rank(int document) {
      double norm = Math.sqrt(scores.squaredNorms()[document]);
      return request.relative() ? totals[document] / Math.max(norm, 1e-300) : totals[document];
    }

    /** The numbers of the documents that are largest in the direction of a sign, and have it. */
    private int[] highest(int sign) {
      return IntStream.range(0, totals.length)
          .filter(n -> sign * totals[n] > 0)
          .boxed()
          .sorted(Comparator.comparingDouble(n -> -sign * rank(n)))
          .limit(request.top())
          .mapToInt(Integer::intValue)
          .toArray();
    }

    private List<AskReport.Influential> documents(
        int[] numbers, Scorer scorer, DoublePredicate sign) {
      double all = Arrays.stream(totals).filter(sign).sum();
      List<AskReport.Influential> found = new ArrayList<>();
      for (int n : numbers) {
        run.check();
        Sequence sequence = text.sequences().get(n);
        double[] byToken = scorer.byToken(sequence, products);
        double sum = Arrays.stream(byToken).sum();
        gap = Math.max(gap, Math.abs(sum - totals[n]) / Math.max(1e-300, Math.abs(totals[n])));
        List<AskReport.OfToken> tokens = new ArrayList<>();
        for (int t = 0; t < byToken.length; t++) {
          tokens.add(
              new AskReport.OfToken(
                  subject.weights().tokenizer().tokenText(sequence.tokens()[t]), byToken[t]));
        }
        double norms = Math.sqrt(scores.squaredNorms()[n]) * queryNorm;
        found.add(
            new AskReport.Influential(
                sequence.id(),
                totals[n],
                totals[n] / all,
                norms > 0 ? scores.total(n, 1) / norms : 0,
                tokens));
      }
      return found;
    }

    private List<AskReport.OfMap> byMap(int[] highest, int[] lowest) {
      List<AskReport.OfMap> found = new ArrayList<>();
      for (int m = 0; m < maps.size(); m++) {
        double[][] here = scores.byMap()[m];
        found.add(
            new AskReport.OfMap(
                maps.get(m).fileName(),
                Arrays.stream(highest).mapToDouble(n -> here[n][0]).sum(),
                Arrays.stream(lowest).mapToDouble(n -> here[n][0]).sum(),
                CurvatureFit.of(dampings, maps.get(m))));
      }
      return found;
    }

    private List<Evidence> evidence(int[] highest) {
      List<Evidence> evidence = new ArrayList<>();
      evidence.add(
          Evidence.atMost(
              SAME_SUM,
              "The tokens' influence sums to the document's, for every document shown",
              Support.OBSERVED,
              Estimate.exactly(gap, "largest relative gap"),
              ""));
      if (highest.length > 0) {
        int[] random = new Random(run.seed()).ints(highest.length, 0, totals.length).toArray();
        evidence.add(
            Evidence.noted(
                "Documents of largest influence that contain the completion's tokens",
                Support.OBSERVED,
                Proportion.wilson(containing(highest), highest.length, LEVEL),
                "of as many random documents: %d".formatted(containing(random))));
      }
      return evidence;
    }

    private long containing(int[] numbers) {
      int[] tokens = completion.sequence().tokens();
      int[] wanted = Arrays.copyOfRange(tokens, completion.prompt(), tokens.length);
      return Arrays.stream(numbers)
          .filter(n -> {
            int[] here = text.sequences().get(n).tokens();
            return IntStream.rangeClosed(0, here.length - wanted.length)
                .anyMatch(
                    at -> Arrays.equals(here, at, at + wanted.length, wanted, 0, wanted.length));
          })
          .count();
    }

    private List<String> caveats() {
      boolean attention = maps.stream().anyMatch(map -> !BlockMap.Kind.OF_MLP.contains(map.kind()));
      List<String> caveats = new ArrayList<>();
      caveats.add(
          "Influence is a linear estimate for a model at its optimum: no document was removed and"
              + " nothing was retrained. Shares are of the documents of the same sign.");
      caveats.add(
          request.damping().isPresent()
              ? String.format(
                  Locale.ROOT, "Damping %g for every map.", request.damping().getAsDouble())
              : "Damping: a tenth of the mean curvature of each map.");
      if (request.relative()) {
        caveats.add("Ranked by influence over the norm of the document's gradient.");
      }
      if (!completion.joined()) {
        caveats.add(
            "The tokenizer would join the end of the prompt with the completion; the completion was"
                + " split into tokens by itself.");
      }
      long counted = text.sequences().stream().mapToLong(Sequence::counted).sum();
      caveats.addAll(Caveats.ofFit(attention, text, scores.loss() / Math.max(1, counted), subject));
      return caveats;
    }
  }

  @Override
  public void close() {
    network.close();
  }
}
