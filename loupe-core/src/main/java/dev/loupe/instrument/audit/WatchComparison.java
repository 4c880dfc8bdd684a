package dev.loupe.instrument.audit;

import dev.loupe.instrument.audit.WatchHistory.Kept;
import dev.loupe.instrument.audit.WatchHistory.Line;
import dev.loupe.instrument.audit.WatchReport.Change;
import dev.loupe.instrument.audit.WatchReport.Since;
import dev.loupe.statistics.AdjustedP;
import dev.loupe.statistics.ClusteredMean;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.DifferenceInterval;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.ProportionInterval;
import dev.loupe.statistics.TwoSampleTest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Two runs of the same answers. A probability is the model's own and has no error, so that a
 * tolerance says which difference matters; shares of samples are tested, answer by answer and all
 * together.
 *
 * @param since over all
 * @param changes by id, of the answers that both runs have
 */
record WatchComparison(Since since, Map<String, Change> changes) {
  static WatchComparison of(Line before, Line now, double tolerance, double level) {
    Map<String, Kept> earlier = new HashMap<>();
    before.answers().forEach(each -> earlier.put(each.id(), each));
    List<Kept> later = now.answers().stream().filter(each -> isSame(earlier, each)).toList();
    List<Kept> first = later.stream().map(each -> earlier.getOrDefault(each.id(), each)).toList();
    boolean isSampled = before.sampledAs(now);
    double[] p =
        IntStream.range(0, later.size())
            .mapToDouble(i ->
                isSampled ? TwoSampleTest.fisher(counts(first.get(i)), counts(later.get(i))) : 1)
            .toArray();
    double[] adjusted = AdjustedP.HOLM.of(p);
    Map<String, Change> changes = new LinkedHashMap<>();
    for (int i = 0; i < later.size(); i++) {
      changes.put(
          later.get(i).id(),
          change(first.get(i), later.get(i), isSampled, adjusted[i], tolerance, level));
    }
    int moved = (int) changes.values().stream().filter(Change::moved).count();
    int changed = (int) changes.values().stream().filter(Change::changed).count();
    int samples = later.stream().mapToInt(each -> (int) each.samples()).max().orElse(0);
    return new WatchComparison(
        new Since(
            before.when(),
            before.model(),
            later.size(),
            now.answers().size() - later.size(),
            before.answers().size() - later.size(),
            tolerance,
            moved,
            changed,
            isSampled
                ? mean(
                    IntStream.range(0, later.size())
                        .mapToDouble(
                            i -> counts(later.get(i)).share() - counts(first.get(i)).share())
                        .toArray(),
                    1,
                    level,
                    "mean difference in the share of samples")
                : Estimate.exactly(Double.NaN, "samples drawn or compared in another way"),
            mean(logDifferences(first, later), Double.MAX_VALUE, level, "mean difference in nats"),
            mostLeft(samples, later.size(), level)),
        changes);
  }

  private static boolean isSame(Map<String, Kept> earlier, Kept later) {
    return Optional.ofNullable(earlier.get(later.id()))
        .filter(each -> each.text().equals(later.text()))
        .isPresent();
  }

  private static Counts counts(Kept kept) {
    return new Counts(kept.right(), kept.samples());
  }

  private static Change change(
      Kept before, Kept now, boolean isSampled, double p, double tolerance, double level) {
    double earlier = before.probability().orElse(Double.NaN);
    double difference = now.probability().orElse(Double.NaN) - earlier;
    return new Change(
        earlier,
        Math.abs(difference) > tolerance,
        ProportionInterval.WILSON.estimate(counts(before), level),
        isSampled
            ? DifferenceInterval.NEWCOMBE.estimate(counts(now), counts(before), level)
            : Estimate.exactly(Double.NaN, "samples drawn or compared in another way"),
        isSampled ? p : Double.NaN,
        isSampled && p < 1 - level,
        before.likeliest());
  }

  /** Of answers whose probability is known and above 0 in both runs. */
  private static double[] logDifferences(List<Kept> first, List<Kept> later) {
    return IntStream.range(0, later.size())
        .mapToDouble(i ->
            Math.log(later.get(i).probability().orElse(Double.NaN))
                - Math.log(first.get(i).probability().orElse(Double.NaN)))
        .filter(Double::isFinite)
        .toArray();
  }

  private static Estimate mean(double[] differences, double most, double level, String unit) {
    if (differences.length == 0) {
      return Estimate.exactly(Double.NaN, "nothing to compare");
    }
    int[] each = new int[differences.length];
    Arrays.setAll(each, i -> i);
    ClusteredMean mean = ClusteredMean.of(differences, each);
    return mean.interval(level)
        .within(-most, most)
        .about(mean.mean(), level, "%s, %d answers".formatted(unit, differences.length));
  }

  /** What the test can see of one answer among so many, by Holm's first step. */
  private static int mostLeft(int samples, int answers, double level) {
    int most = -1;
    for (int left = 0; left < samples; left++) {
      double p = TwoSampleTest.fisher(new Counts(samples, samples), new Counts(left, samples));
      if (p * answers < 1 - level) {
        most = left;
      }
    }
    return most;
  }
}
