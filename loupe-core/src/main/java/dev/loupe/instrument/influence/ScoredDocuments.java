package dev.loupe.instrument.influence;

import dev.loupe.job.Run;
import dev.loupe.model.training.BlockMap;
import dev.loupe.statistics.Normal;
import dev.loupe.statistics.RankCorrelation;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * All documents of a fit, scored for one completion: each exactly, or by the index and exactly
 * where that says they may be among the largest.
 *
 * @param sequences all of them
 * @param totals influence of each, exact where {@code places} has it
 * @param norms of each gradient
 * @param places of the exact scores, by document
 * @param exact scores along the product (direction 0) and the completion's gradient (1)
 * @param loss of the corpus, in nats a token
 * @param index how it served
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
record ScoredDocuments(
    List<Sequence> sequences,
    double[] totals,
    double[] norms,
    Map<Integer, Integer> places,
    Scorer.Scores exact,
    double loss,
    Optional<AskReport.Indexed> index) {
  /** Candidates of each sign for every document that is shown. */
  private static final int CANDIDATES = 3;

  /** Random documents on which the index is compared with exact scores. */
  private static final int COMPARED = 50;

  /** Documents that an index that serves is expected to miss among those shown. */
  static final double MISSED = 0.5;

  private static final double LEVEL = 0.95;

  /** By a pass over all of them for each direction. */
  static ScoredDocuments all(
      List<Direction> directions,
      List<Sequence> sequences,
      Map<BlockMap, Tensor> gradients,
      Run run) {
    Scorer.Scores exact = Direction.score(directions, gradients, sequences, run);
    long counted = sequences.stream().mapToLong(Sequence::counted).sum();
    Map<Integer, Integer> places = new LinkedHashMap<>();
    IntStream.range(0, sequences.size()).forEach(n -> places.put(n, n));
    return new ScoredDocuments(
        sequences,
        IntStream.range(0, sequences.size()).mapToDouble(n -> exact.total(n, 0)).toArray(),
        Arrays.stream(exact.squaredNorms()).map(Math::sqrt).toArray(),
        places,
        exact,
        exact.loss() / Math.max(1, counted),
        Optional.empty());
  }

  /**
   * By the index; those of largest score, and random ones to compare, exactly.
   *
   * @param loss of the corpus, in nats a token
   */
  static ScoredDocuments indexed(
      GradientIndex index,
      Direction along,
      Map<BlockMap, Tensor> gradients,
      AskRequest request,
      double loss,
      Run run) {
    GradientIndex.Scored found = index.score(along.network(), along.first(), run);
    double[] totals = found.scores();
    double[] ranks = totals.clone();
    if (request.relative()) {
      Arrays.setAll(ranks, n -> totals[n] / Math.max(found.norms()[n], 1e-300));
    }
    Set<Integer> chosen = new LinkedHashSet<>();
    long many = (long) CANDIDATES * request.top();
    for (int sign : new int[] {1, -1}) {
      IntStream.range(0, ranks.length)
          .boxed()
          .sorted(Comparator.comparingDouble(n -> -sign * ranks[n]))
          .limit(many)
          .forEach(chosen::add);
    }
    int candidates = chosen.size();
    int[] compared =
        new Random(run.seed())
            .ints(0, totals.length)
            .distinct()
            .limit(Math.min(COMPARED, totals.length))
            .toArray();
    Arrays.stream(compared).forEach(chosen::add);
    List<Integer> numbers = new ArrayList<>(chosen);
    Scorer.Scores exact =
        Direction.score(
            List.of(along), gradients, numbers.stream().map(found.sequences()::get).toList(), run);
    Map<Integer, Integer> places = new LinkedHashMap<>();
    for (int i = 0; i < numbers.size(); i++) {
      places.put(numbers.get(i), i);
    }
    double[] byIndex = Arrays.stream(compared).mapToDouble(n -> totals[n]).toArray();
    double[] exactly =
        Arrays.stream(compared).mapToDouble(n -> exact.total(place(places, n), 0)).toArray();
    double largest =
        numbers.isEmpty()
            ? 0
            : IntStream.range(0, numbers.size())
                .mapToDouble(i -> Math.abs(exact.total(i, 0)))
                .max()
                .orElse(0);
    double gap =
        IntStream.range(0, compared.length)
            .mapToDouble(i -> Math.abs(byIndex[i] - exactly[i]))
            .max()
            .orElse(0);
    double[] byIndexAlone = totals.clone();
    places.forEach((n, i) -> totals[n] = exact.total(i, 0));
    double missed = missed(byIndexAlone, totals, found.norms(), places.keySet(), compared, request);
    return new ScoredDocuments(
        found.sequences(),
        totals,
        found.norms(),
        places,
        exact,
        loss,
        Optional.of(
            new AskReport.Indexed(
                found.bytes() / Math.max(1, totals.length),
                candidates,
                RankCorrelation.spearman(byIndex, exactly, LEVEL),
                gap / Math.max(1e-300, largest),
                missed)));
  }

  /**
   * How many documents that were not scored exactly are expected to be larger than the last one
   * shown of their sign. The error of the index is taken as normal, in proportion to the norm of
   * the document's gradient, as the random documents have it.
   */
  private static double missed(
      double[] byIndex,
      double[] totals,
      double[] norms,
      Set<Integer> exactly,
      int[] compared,
      AskRequest request) {
    double error =
        Math.sqrt(
            Arrays.stream(compared)
                .mapToDouble(n -> (byIndex[n] - totals[n]) / Math.max(1e-300, norms[n]))
                .map(each -> each * each)
                .average()
                .orElse(0));
    double sum = 0;
    for (int sign : new int[] {1, -1}) {
      double last =
          exactly.stream()
              .mapToDouble(n -> sign * rank(totals, norms, n, request))
              .filter(each -> each > 0)
              .boxed()
              .sorted(Comparator.reverseOrder())
              .limit(request.top())
              .reduce((_, each) -> each)
              .orElse(0.0);
      for (int n = 0; n < byIndex.length; n++) {
        if (!exactly.contains(n)) {
          double scale = request.relative() ? error : error * norms[n];
          double lacking = last - sign * rank(byIndex, norms, n, request);
          sum += scale > 0 ? Normal.above(lacking / scale) : 0;
        }
      }
    }
    return sum;
  }

  private static double rank(double[] totals, double[] norms, int n, AskRequest request) {
    return request.rank(totals[n], norms[n]);
  }

  private static int place(Map<Integer, Integer> places, int document) {
    Integer place = places.get(document);
    if (place == null) {
      throw new IllegalStateException("document " + document + " was not scored exactly");
    }
    return place;
  }

  /** Whether the index, where it served, hardly misses one of the largest documents. */
  boolean findsTheLargest() {
    return index.map(used -> used.missed() <= MISSED).orElse(true);
  }

  /** These, with a word on the index that did not serve. */
  ScoredDocuments insteadOf(ScoredDocuments indexed) {
    return new ScoredDocuments(sequences, totals, norms, places, exact, loss, indexed.index());
  }

  /** Whether the index's scores are those reported. */
  boolean isByIndex() {
    return index.isPresent() && findsTheLargest();
  }

  /** Whether a document's score is exact, so that it may be shown. */
  boolean isExact(int document) {
    return places.containsKey(document);
  }

  /** The exact score through one map. */
  double through(int map, int document) {
    return exact.byMap()[map][place(places, document)][0];
  }

  /** The inner product with the completion's gradient. */
  double dot(int document) {
    return exact.total(place(places, document), 1);
  }

  /** Documents longer than the context, of which there is more than one piece. */
  long pieced() {
    return sequences.stream().filter(each -> each.id().endsWith("#2")).count();
  }
}
