package dev.loupe.instrument.geometry;

import dev.loupe.geometry.Assignment;
import dev.loupe.geometry.Correlations;
import dev.loupe.geometry.Cosines;
import dev.loupe.geometry.Matching;
import dev.loupe.geometry.PermutedTexts;
import dev.loupe.geometry.Rotation;
import dev.loupe.geometry.SimilarityMatrix;
import dev.loupe.instrument.geometry.FeatureSet.Trusted;
import dev.loupe.instrument.geometry.MatchReport.Chance;
import dev.loupe.instrument.geometry.MatchReport.Figures;
import dev.loupe.instrument.geometry.MatchReport.Pair;
import dev.loupe.instrument.geometry.MatchReport.Share;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.statistics.AdjustedP;
import dev.loupe.statistics.Proportion;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A matching by one measure, and what it would be by chance. */
final class Judged {
  static final double[] THRESHOLDS = {0.3, 0.5, 0.7, 0.9};
  private static final double LEVEL = 0.95;

  /** Draws below which the p-value of a single feature is too coarse to be adjusted. */
  private static final int FEWEST_FOR_EACH = 100;

  private final Side first;
  private final Side second;
  private final MatchRequest request;
  private final Run run;

  /** The features of one dictionary that are matched. */
  record Side(FeatureSet set, Trusted trusted) {
    /** {@code [matched, d_model]}. */
    Tensor directions() {
      try (var scope = NativeScope.open()) {
        return scope.keep(set.directions().indexSelect(0, Tensor.indices(trusted.kept())));
      }
    }
  }

  Judged(Side first, Side second, MatchRequest request, Run run) {
    this.first = first;
    this.second = second;
    this.request = request;
    this.run = run;
  }

  /** By correlation; texts of one kind change places. */
  Figures byActivation(Correlations correlations, Matching matching, int[] kinds, int length) {
    int draws = request.permutations();
    Optional<Chance> chance = Optional.empty();
    if (draws > 0) {
      Random random = new Random(run.seed());
      try (Steps steps = run.steps("permuting texts", Counted.RUNS, draws)) {
        Iterable<int[]> orders =
            () ->
                Stream.generate(() -> PermutedTexts.order(kinds, length, random))
                    .limit(draws)
                    .iterator();
        PermutedTexts drawn =
            PermutedTexts.of(correlations, orders, request.least(), matching, steps::at);
        chance =
            Optional.of(chance(matching, drawn.meanBest(), drawn.assigned(), drawn.adjustedRowP()));
      }
    }
    return figures(correlations, matching, chance);
  }

  /** By direction; one side is rotated. */
  Figures byCosine(Tensor one, Tensor other, Matching matching) {
    int draws = request.permutations();
    Optional<Chance> chance = Optional.empty();
    if (draws > 0) {
      Random random = new Random(run.seed());
      double[] best = new double[draws];
      double[] assigned = new double[draws];
      double[] observed = matching.rowValues();
      double[] p = new double[observed.length];
      Arrays.fill(p, 1.0 / (1 + draws));
      try (Steps steps = run.steps("rotating directions", Counted.RUNS, draws)) {
        for (int i = 0; i < draws; i++) {
          try (var _ = NativeScope.open()) {
            Tensor rotated = Rotation.of(other.size(1), random).of(other);
            Matching drawn = Matching.of(Cosines.of(one, rotated), request.least());
            best[i] = drawn.meanBest();
            assigned[i] = drawn.assignment().mean();
            double[] values = drawn.rowValues();
            for (int row = 0; row < p.length; row++) {
              p[row] += values[row] >= observed[row] ? 1.0 / (1 + draws) : 0;
            }
          }
          steps.at(i + 1);
        }
      }
      chance =
          Optional.of(
              chance(
                  matching,
                  best,
                  assigned,
                  AdjustedP.BENJAMINI_HOCHBERG.of(
                      Arrays.stream(p).map(each -> Math.min(1, each)).toArray())));
    }
    return figures(Cosines.of(one, other), matching, chance);
  }

  private static Chance chance(
      Matching matching, double[] best, double[] assigned, double[] adjusted) {
    double mean = Arrays.stream(best).average().orElse(Double.NaN);
    double squares = Arrays.stream(best).map(each -> (each - mean) * (each - mean)).sum();
    return new Chance(
        best.length,
        mean,
        Math.sqrt(squares / (best.length - 1)),
        PermutedTexts.p(matching.meanBest(), best),
        Arrays.stream(assigned).average().orElse(Double.NaN),
        PermutedTexts.p(matching.assignment().mean(), assigned),
        best.length < FEWEST_FOR_EACH
            ? OptionalInt.empty()
            : OptionalInt.of((int) Arrays.stream(adjusted).filter(p -> p <= 1 - LEVEL).count()));
  }

  private Figures figures(SimilarityMatrix matrix, Matching matching, Optional<Chance> chance) {
    Assignment assignment = matching.assignment();
    List<Matching.Pair> pairs = assignment.pairs();
    double[] best = matching.rowValues();
    int rows = matrix.rows();
    List<Share> shares =
        Arrays.stream(THRESHOLDS)
            .mapToObj(threshold ->
                new Share(
                    threshold,
                    Proportion.wilson(
                        Arrays.stream(best).filter(value -> value >= threshold).count(),
                        rows,
                        LEVEL),
                    Proportion.wilson(
                        pairs.stream().filter(pair -> pair.value() >= threshold).count(),
                        rows,
                        LEVEL)))
            .toList();
    return new Figures(
        matching.meanBest(),
        Arrays.stream(matching.columnValues()).average().orElse(Double.NaN),
        shares,
        matching.mutual().size(),
        pairs.size(),
        assignment.mean(),
        chance,
        pairs.stream()
            .sorted(Comparator.comparingDouble(Matching.Pair::value).reversed())
            .limit(request.shown())
            .map(this::pair)
            .toList());
  }

  private Pair pair(Matching.Pair pair) {
    return new Pair(
        first.set().id(first.trusted().kept()[pair.row()]),
        second.set().id(second.trusted().kept()[pair.column()]),
        pair.value());
  }

  /** How often two matchings give a feature the same best partner, by the features of the first. */
  static long same(Matching one, Matching other) {
    int[] a = one.ofRows();
    int[] b = other.ofRows();
    return IntStream.range(0, a.length).filter(i -> a[i] == b[i]).count();
  }
}
