package dev.loupe.instrument.influence;

import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SavedTraining;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.report.Finding;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
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

  private Completion completion() {
    return Completion.of(subject, network, request.prompt(), request.completion());
  }

  private void requireBasis() {
    if (request.features() > 0 && subject.dictionary().isEmpty()) {
      throw Answer.noDictionary();
    }
  }

  Cost estimate() {
    requireBasis();
    FittedText fitted = FittedText.of(request.fit(), request.corpus(), subject, network);
    completion();
    // Two passes for a checkpoint's curvature, one for its scores.
    int passes = request.checkpoints().map(from -> 3 * SavedTraining.checkpoints(from)).orElse(1);
    return new Cost(
        passes * fitted.seconds(),
        Engine.residentBytes(),
        0,
        String.format(
            Locale.ROOT,
            "about %,.0f tokens read %s",
            fitted.tokens(),
            passes == 1 ? "once" : passes + " times"));
  }

  Finding<AskReport> ask(String schema) {
    requireBasis();
    FitFolder folder = new FitFolder(request.fit());
    FittedText fitted = FittedText.of(request.fit(), request.corpus(), subject, network);
    FitFolder.Description described = fitted.described();
    Completion completion = completion();
    List<BlockMap> maps = List.copyOf(described.sha256().keySet());
    if (request.checkpoints().isPresent()) {
      return overCheckpoints(schema, request.checkpoints().get(), fitted, completion, maps);
    }
    Scorer scorer = new Scorer(network);
    try (StoredFactors factors = StoredFactors.read(folder, described, network);
        var _ = NativeScope.open()) {
      Optional<GradientIndex> index =
          request.exact() || request.filter().isPresent()
              ? Optional.empty()
              : GradientIndex.open(request.fit(), described.identity().entries(), maps);
      boolean reads = index.isEmpty() || request.refine() > 0;
      List<Sequence> documents = reads ? fitted.read(run).sequences() : List.of();
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
      Direction along = new Direction(network, products);
      Optional<Preselection> filter =
          request.filter().map(by -> selected(by, documents, completion));
      List<Sequence> scored = filter.map(Preselection::selected).orElse(documents);
      ScoredDocuments scores =
          index
              .map(there -> byIndex(there, along, gradients, described.loss()))
              .orElseGet(() -> ScoredDocuments.all(List.of(along), scored, gradients, run));
      return new Answer(request, subject, run, network, completion, scores, List.of(along))
          .finding(
              schema,
              dampings,
              length(gradients),
              refinement,
              filter.map(each -> missed(each, along, scores)),
              Optional.empty());
    }
  }

  private Preselection selected(
      Preselection.By by, List<Sequence> documents, Completion completion) {
    return Preselection.of(
        by,
        subject.transformer(),
        documents,
        completion.sequence(),
        request.candidates(),
        request.exact(),
        run);
  }

  /** What the filter misses, by documents that it left out. */
  private AskReport.Filtered missed(Preselection filter, Direction along, ScoredDocuments scores) {
    Scorer.Scores others =
        new Scorer(along.network()).score(filter.compared(), along.products(), run);
    double[] ranks = new double[scores.totals().length];
    Arrays.setAll(ranks, n -> request.rank(scores.totals()[n], scores.norms()[n]));
    double[] compared = new double[filter.compared().size()];
    Arrays.setAll(
        compared, n -> request.rank(others.total(n, 0), Math.sqrt(others.squaredNorms()[n])));
    return filter.missed(ranks, compared, request.top());
  }

  private static double length(Map<BlockMap, Tensor> gradients) {
    return Math.sqrt(
        gradients.values().stream().mapToDouble(each -> each.square().sum().item()).sum());
  }

  /** By SOURCE over the checkpoints of the training that made the model. */
  private Finding<AskReport> overCheckpoints(
      String schema, Path training, FittedText fitted, Completion completion, List<BlockMap> maps) {
    List<SavedTraining.State> states = SavedTraining.read(training, subject.transformer());
    try (TrainingPath path = TrainingPath.of(states);
        var _ = NativeScope.open()) {
      List<Sequence> documents = fitted.read(run).sequences();
      List<Sequence> queries = List.of(completion.sequence());
      List<Direction> directions = path.directions(maps, documents, queries, run);
      Map<BlockMap, Tensor> gradients =
          new Scorer(directions.getFirst().network()).gradients(queries, maps, run);
      ScoredDocuments scores = ScoredDocuments.all(directions, documents, gradients, run);
      Map<BlockMap, Double> dampings = new LinkedHashMap<>();
      maps.forEach(map -> dampings.put(map, 0.0));
      AskReport.Checkpoints over =
          new AskReport.Checkpoints(
              states.stream().map(SavedTraining.State::step).toList(),
              states.stream().mapToDouble(SavedTraining.State::rates).sum());
      return new Answer(request, subject, run, network, completion, scores, directions)
          .finding(
              schema,
              dampings,
              length(gradients),
              Optional.empty(),
              Optional.empty(),
              Optional.of(over));
    }
  }

  /** By the index, unless it orders documents otherwise than exact scores do. */
  private ScoredDocuments byIndex(
      GradientIndex index, Direction along, Map<BlockMap, Tensor> gradients, double loss) {
    ScoredDocuments found = ScoredDocuments.indexed(index, along, gradients, request, loss, run);
    if (found.findsTheLargest()) {
      return found;
    }
    run.note("the index may miss some of the largest documents: scoring all exactly");
    return ScoredDocuments.all(List.of(along), found.sequences(), gradients, run).insteadOf(found);
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
