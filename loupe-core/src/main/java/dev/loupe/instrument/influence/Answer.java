package dev.loupe.instrument.influence;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;

/** What is reported of the documents' scores. */
final class Answer {
  /** Gap of the tokens' sum: the same float32 products added in another order. */
  private static final double SAME_SUM = 1e-3;

  private static final double LEVEL = 0.95;

  private final AskRequest request;
  private final Subject subject;
  private final Run run;
  private final SequenceGradients network;
  private final Completion completion;
  private final ScoredDocuments scores;
  private final List<Direction> directions;
  private double gap;
  private final DocumentSplits splits;

  /**
   * @param directions along which the documents were scored, for one query
   */
  Answer(
      AskRequest request,
      Subject subject,
      Run run,
      SequenceGradients network,
      Completion completion,
      ScoredDocuments scores,
      List<Direction> directions) {
    this.request = request;
    this.subject = subject;
    this.run = run;
    this.network = network;
    this.completion = completion;
    this.scores = scores;
    this.directions = List.copyOf(directions);
    this.splits =
        new DocumentSplits(request, directions, byFeature(request, subject, network, run));
  }

  /**
   * @param queryNorm of the completion's gradient
   */
  Finding<AskReport> finding(
      String schema,
      Map<BlockMap, Double> dampings,
      double queryNorm,
      Optional<AskReport.Refinement> refinement,
      Optional<AskReport.Filtered> filter,
      Optional<AskReport.Checkpoints> checkpoints) {
    for (int n = 0; n < scores.totals().length; n++) {
      if (!Double.isFinite(scores.totals()[n])) {
        throw LoupeException.badInput(
            "the influence of document %s is not a finite number"
                .formatted(scores.sequences().get(n).id()),
            "Open the model in float64 (`dtype`); if that fails too, its weights are damaged.");
      }
    }
    int[] highest = highest(1);
    int[] lowest = highest(-1);
    List<AskReport.Influential> positive = documents(highest, queryNorm, each -> each > 0);
    Optional<AskReport.Flip> flip =
        request
            .flip()
            .map(phrase ->
                PhraseFlip.of(
                    subject, directions, positive, phrase, completion.text(), run.seed()));
    AskReport report =
        new AskReport(
            subject.weights().name(),
            request.prompt(),
            completion.text(),
            network.loss(completion.sequence().tokens(), completion.sequence().counts()),
            scores.totals().length,
            positive,
            documents(lowest, queryNorm, each -> each < 0),
            byMap(highest, lowest, dampings),
            byLabel(),
            Tail.exponent(scores.totals()),
            scores.index(),
            refinement,
            filter,
            checkpoints,
            flip);
    return new Finding<>(
        schema,
        "Which training documents taught %s to continue “%s” with “%s”?"
            .formatted(subject.weights().name(), request.prompt(), completion.text()),
        report,
        evidence(highest, filter, flip),
        caveats(refinement, filter, checkpoints),
        subject.provenance(run));
  }

  private Set<BlockMap> maps() {
    return directions.getFirst().products().keySet();
  }

  /** What documents are ranked by. */
  private double rank(int document) {
    return request.rank(scores.totals()[document], scores.norms()[document]);
  }

  /** The numbers of the documents that are largest in the direction of a sign, and have it. */
  private int[] highest(int sign) {
    NearDuplicates seen = new NearDuplicates();
    return IntStream.range(0, scores.totals().length)
        .filter(n -> sign * scores.totals()[n] > 0 && scores.isExact(n))
        .boxed()
        .sorted(Comparator.comparingDouble(n -> -sign * rank(n)))
        .filter(n -> !request.distinct() || seen.isNew(scores.sequences().get(n)))
        .limit(request.top())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private List<AskReport.Influential> documents(
      int[] numbers, double queryNorm, DoublePredicate sign) {
    double all = Arrays.stream(scores.totals()).filter(sign).sum();
    List<AskReport.Influential> found = new ArrayList<>();
    for (int n : numbers) {
      run.check();
      Sequence sequence = scores.sequences().get(n);
      double total = scores.totals()[n];
      double[] byToken = Direction.byToken(directions, sequence);
      double sum = Arrays.stream(byToken).sum();
      gap = Math.max(gap, Math.abs(sum - total) / Math.max(1e-300, Math.abs(total)));
      List<AskReport.OfToken> tokens = new ArrayList<>();
      for (int t = 0; t < byToken.length; t++) {
        tokens.add(
            new AskReport.OfToken(
                subject.weights().tokenizer().tokenText(sequence.tokens()[t]), byToken[t]));
      }
      double norms = scores.norms()[n] * queryNorm;
      found.add(
          new AskReport.Influential(
              sequence.id(),
              sequence.labels(),
              total,
              total / all,
              norms > 0 ? scores.dot(n) / norms : 0,
              IntStream.range(0, maps().size()).mapToObj(m -> scores.through(m, n)).toList(),
              tokens,
              splits.neurons(sequence, total),
              splits.features(sequence, total)));
    }
    return found;
  }

  private static Optional<FeatureSplit> byFeature(
      AskRequest request, Subject subject, SequenceGradients network, Run run) {
    return request.features() == 0
        ? Optional.empty()
        : Optional.of(
            new FeatureSplit(
                subject.transformer(),
                network,
                subject.dictionary().orElseThrow(Answer::noDictionary),
                run.seed()));
  }

  /** Features are those of a dictionary; neurons have a split of their own, which is exact. */
  static LoupeException noDictionary() {
    return LoupeException.badInput(
        "`features` splits by the features of a dictionary, and there is none",
        "Name a dictionary of this model (`basis`), or split by `neurons`.");
  }

  private List<AskReport.OfMap> byMap(int[] highest, int[] lowest, Map<BlockMap, Double> dampings) {
    List<AskReport.OfMap> found = new ArrayList<>();
    for (BlockMap map : maps()) {
      int m = found.size();
      found.add(
          new AskReport.OfMap(
              map.name(),
              map.layer(),
              Arrays.stream(highest).mapToDouble(n -> scores.through(m, n)).sum(),
              Arrays.stream(lowest).mapToDouble(n -> scores.through(m, n)).sum(),
              CurvatureFit.of(dampings, map)));
    }
    return found;
  }

  private List<AskReport.OfLabel> byLabel() {
    Map<String, AskReport.OfLabel> found = new LinkedHashMap<>();
    for (int n = 0; n < scores.totals().length; n++) {
      double total = scores.totals()[n];
      scores.sequences().get(n).labels().stream()
          .findFirst()
          .ifPresent(label ->
              found.merge(
                  label,
                  new AskReport.OfLabel(label, 1, Math.max(0, total), Math.min(0, total)),
                  (a, b) ->
                      new AskReport.OfLabel(
                          label,
                          a.documents() + b.documents(),
                          a.positive() + b.positive(),
                          a.negative() + b.negative())));
    }
    return found.values().stream()
        .sorted(Comparator.comparingDouble(each -> Math.min(each.negative(), -each.positive())))
        .toList();
  }

  private List<Evidence> evidence(
      int[] highest, Optional<AskReport.Filtered> filter, Optional<AskReport.Flip> flip) {
    List<Evidence> evidence = new ArrayList<>();
    evidence.add(
        Evidence.atMost(
            SAME_SUM,
            "The tokens' influence sums to the document's, for every document shown",
            Support.OBSERVED,
            Estimate.exactly(gap, "largest relative gap"),
            ""));
    evidence.addAll(splits.evidence(SAME_SUM, run.seed()));
    scores
        .index()
        .filter(_ -> scores.isByIndex())
        .ifPresent(index ->
            evidence.add(
                Evidence.atMost(
                    ScoredDocuments.MISSED,
                    "Documents that the index is expected to miss among the largest",
                    Support.OBSERVED,
                    Estimate.exactly(index.missed(), "documents"),
                    String.format(
                        Locale.ROOT,
                        "over random documents Spearman %.3f with exact scores, largest difference"
                            + " %.2g of the largest influence",
                        index.order().value(),
                        index.gap()))));
    filter.map(Preselection::evidence).ifPresent(evidence::add);
    if (highest.length > 0) {
      int[] random =
          new Random(run.seed()).ints(highest.length, 0, scores.totals().length).toArray();
      evidence.add(
          Evidence.noted(
              "Documents of largest influence that contain the completion's tokens",
              Support.OBSERVED,
              Proportion.wilson(containing(highest), highest.length, LEVEL),
              "of as many random documents: %d".formatted(containing(random))));
    }
    flip.ifPresent(found ->
        evidence.add(
            Evidence.noted(
                "Influence of documents in which “%s” and “%s” change places, of what it was"
                    .formatted(found.phrase(), found.completion()),
                Support.OBSERVED,
                found.share(),
                "")));
    return evidence;
  }

  private long containing(int[] numbers) {
    int[] tokens = completion.sequence().tokens();
    int[] wanted = Arrays.copyOfRange(tokens, completion.prompt(), tokens.length);
    return Arrays.stream(numbers)
        .filter(n -> {
          int[] here = scores.sequences().get(n).tokens();
          return IntStream.rangeClosed(0, here.length - wanted.length)
              .anyMatch(
                  at -> Arrays.equals(here, at, at + wanted.length, wanted, 0, wanted.length));
        })
        .count();
  }

  private List<String> caveats(
      Optional<AskReport.Refinement> refinement,
      Optional<AskReport.Filtered> filter,
      Optional<AskReport.Checkpoints> checkpoints) {
    boolean attention = maps().stream().anyMatch(map -> !map.kind().isOfMlp());
    List<String> caveats = new ArrayList<>();
    caveats.add(
        "Influence is a linear estimate for a model at its optimum: no document was removed and"
            + " nothing was retrained. Shares are of the documents of the same sign.");
    caveats.add(
        checkpoints
            .map(over ->
                String.format(
                    Locale.ROOT,
                    "SOURCE over %d checkpoints of the training, steps %,d to %,d: the curvature of"
                        + " each was fitted to the documents, without damping, and stands for all"
                        + " steps since the one before. AdamW is taken as gradient descent at one"
                        + " rate for each map; its weight decay is left out.",
                    over.steps().size(),
                    over.steps().getFirst(),
                    over.steps().getLast()))
            .orElseGet(() ->
                request.damping().isPresent()
                    ? String.format(
                        Locale.ROOT, "Damping %g for every map.", request.damping().getAsDouble())
                    : "Damping: a tenth of the mean curvature of each map."));
    scores
        .index()
        .ifPresent(index ->
            caveats.add(
                scores.isByIndex()
                    ? String.format(
                        Locale.ROOT,
                        "Documents were scored by the fit's index, which keeps inputs and gradients"
                            + " of every token rounded to bytes (%,d a document); the %,d of"
                            + " largest score by it were scored exactly, and those shown are the"
                            + " largest of them. Shares count the others as the index has them.",
                        index.bytesOfADocument(),
                        index.candidates())
                    : String.format(
                        Locale.ROOT,
                        "Every document was scored exactly: the fit's index, rounded to bytes, is"
                            + " expected to miss %.1f of the largest documents (%.1f are allowed;"
                            + " Spearman over random documents %.3f).",
                        index.missed(),
                        ScoredDocuments.MISSED,
                        index.order().value())));
    refinement.ifPresent(refined ->
        caveats.add(
            String.format(
                Locale.ROOT,
                "Refined by %d iterations of conjugate gradients over %,d documents; the residual"
                    + " is %.2g of the completion's gradient.",
                refined.iterations(),
                refined.documents(),
                refined.residual())));
    filter.map(Preselection::caveat).ifPresent(caveats::add);
    if (request.features() > 0) {
      caveats.add(
          "Features: how each MLP's output changes along the direction that the completion asks for"
              + " is written by the decoder rows of the features that are active at the token, as"
              + " nearly as they can (least squares); the rest is the error.");
    }
    if (request.distinct()) {
      caveats.add(
          String.format(
              Locale.ROOT,
              "Documents are not shown that share at least half of their runs of %d tokens with one"
                  + " of larger influence.",
              NearDuplicates.RUN));
    }
    if (request.relative()) {
      caveats.add("Ranked by influence over the norm of the document's gradient.");
    }
    if (!completion.joined()) {
      caveats.add(
          "The tokenizer would join the end of the prompt with the completion; the completion was"
              + " split into tokens by itself.");
    }
    caveats.addAll(Caveats.ofFit(attention, scores.pieced(), scores.loss(), subject));
    return caveats;
  }
}
