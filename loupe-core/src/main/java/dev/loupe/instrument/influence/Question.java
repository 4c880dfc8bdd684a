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
import dev.loupe.report.Finding;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** One completion and the documents of a fit's corpus. */
final class Question implements AutoCloseable {
  /** Documents over which the Gauss–Newton matrix is the mean, drawn if there are more. */
  private static final int REFINED_OVER = 2000;

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
  record Completion(Sequence sequence, int prompt, String text, boolean joined) {}

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
    List<BlockMap> maps = List.copyOf(described.sha256().keySet());
    Scorer scorer = new Scorer(network);
    try (StoredFactors factors = StoredFactors.read(folder, maps, network);
        var _ = NativeScope.open()) {
      Optional<GradientIndex> index =
          request.exact()
              ? Optional.empty()
              : GradientIndex.open(request.fit(), described.identity().entries(), factors.byMap());
      boolean reads = index.isEmpty() || request.refine() > 0;
      List<Sequence> documents = reads ? text(described).sequences() : List.of();
      Map<BlockMap, Double> dampings = new LinkedHashMap<>();
      factors
          .byMap()
          .forEach(
              (map, of) -> dampings.put(map, request.damping().orElseGet(of::heuristicDamping)));
      Map<BlockMap, Tensor> gradients = scorer.gradients(List.of(completion.sequence()), maps, run);
      Map<BlockMap, Tensor> products = new LinkedHashMap<>();
      factors
          .byMap()
          .forEach((map, of) ->
              products.put(
                  map,
                  of.inverses(CurvatureFit.of(gradients, map), CurvatureFit.of(dampings, map))));
      Optional<AskReport.Refinement> refinement =
          request.refine() == 0
              ? Optional.empty()
              : Optional.of(refine(documents, factors, dampings, gradients, products));
      ScoredDocuments scores =
          index
              .map(there ->
                  ScoredDocuments.indexed(
                      there,
                      scorer,
                      factors.byMap(),
                      products,
                      gradients,
                      request,
                      described.loss(),
                      run))
              .orElseGet(() -> ScoredDocuments.all(scorer, documents, products, gradients, run));
      double square =
          gradients.values().stream().mapToDouble(each -> each.square().sum().item()).sum();
      return new Answer(request, subject, run, network, completion, scores, products)
          .finding(schema, dampings, Math.sqrt(square), refinement);
    }
  }

  private TrainingText text(FitFolder.Description described) {
    TrainingText text =
        TrainingText.read(
            corpus(described), subject.weights(), described.share(), network.context(), run);
    if (!text.sha256().equals(described.identity().corpus())) {
      throw LoupeException.badInput(
          "the documents are not those of the fit: SHA-256 of their ids and tokens is %s…, was %s…"
              .formatted(brief(text.sha256()), brief(described.identity().corpus())),
          "Name the corpus that was fitted (`corpus`), or fit this one.");
    }
    return text;
  }

  /** Puts refined products in the place of EK-FAC's. */
  private AskReport.Refinement refine(
      List<Sequence> documents,
      StoredFactors factors,
      Map<BlockMap, Double> dampings,
      Map<BlockMap, Tensor> gradients,
      Map<BlockMap, Tensor> products) {
    List<Sequence> some = new ArrayList<>(documents);
    Collections.shuffle(some, new Random(run.seed()));
    some = some.subList(0, Math.min(REFINED_OVER, some.size()));
    ConjugateGradients.Solution found =
        new ConjugateGradients(network, some, factors.byMap(), dampings)
            .solve(gradients, request.refine(), DocumentRanking.TOLERANCE, run);
    double both = 0;
    double before = 0;
    double after = 0;
    for (Map.Entry<BlockMap, Tensor> each : found.products().entrySet()) {
      Tensor product = CurvatureFit.of(products, each.getKey());
      both += product.times(each.getValue()).sum().item();
      before += product.square().sum().item();
      after += each.getValue().square().sum().item();
    }
    products.putAll(found.products());
    return new AskReport.Refinement(
        some.size(),
        found.iterations(),
        found.worst(),
        both / Math.sqrt(Math.max(1e-300, before * after)));
  }

  @Override
  public void close() {
    network.close();
  }
}
