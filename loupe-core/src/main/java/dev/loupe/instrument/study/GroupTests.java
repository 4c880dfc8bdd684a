package dev.loupe.instrument.study;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Ablations of groups of features, each compared with random groups of its size. */
final class GroupTests {
  /** Sizes of the strongest groups. */
  static final List<Integer> SIZES = List.of(10, 20, 40, 80, 160);

  private static final double LEVEL = 0.95;

  private final GroupAblation ablation;
  private final List<YearPrompt> prompts;
  private final double[] unchanged;
  private final FeatureRanking ranking;
  private final GreaterThanRequest request;
  private final long seed;

  /**
   * Tests on some prompts.
   *
   * @param ranking whose features random groups are drawn from
   * @param seed of the draws and the intervals
   */
  GroupTests(
      GroupAblation ablation,
      List<YearPrompt> prompts,
      FeatureRanking ranking,
      GreaterThanRequest request,
      long seed) {
    this.ablation = ablation;
    this.prompts = prompts;
    this.unchanged = differences(ablation.without(List.of(), prompts));
    this.ranking = ranking;
    this.request = request;
    this.seed = seed;
  }

  /** The groups: the strongest of each size, and each class. */
  static Map<String, List<FeatureId>> groups(List<GreaterThanReport.Feature> features) {
    Map<String, List<FeatureId>> groups = new LinkedHashMap<>();
    List<FeatureId> all = features.stream().map(GreaterThanReport.Feature::unit).toList();
    TreeSet<Integer> sizes = new TreeSet<>(SIZES);
    sizes.add(all.size());
    sizes.headSet(all.size(), true).stream()
        .filter(size -> size > 0)
        .forEach(size -> groups.put("top " + size, all.subList(0, size)));
    Map<FeatureClass, List<FeatureId>> classes = new EnumMap<>(FeatureClass.class);
    features.forEach(
        each -> classes.computeIfAbsent(each.kind(), _ -> new ArrayList<>()).add(each.unit()));
    classes.forEach((kind, units) -> groups.put(kind.label(), units));
    return groups;
  }

  /** Takes each group away, and as many random ones of its size as were asked for. */
  List<GreaterThanReport.Ablation> run(Map<String, List<FeatureId>> groups, IntConsumer done) {
    List<GreaterThanReport.Ablation> ablations = new ArrayList<>();
    Random random = new Random(seed);
    int runs = 0;
    for (Map.Entry<String, List<FeatureId>> group : groups.entrySet()) {
      List<FeatureId> units = group.getValue();
      List<YearTokens.Score> scores = ablation.without(units, prompts);
      done.accept(++runs);
      double[] fall = falls(scores);
      double[] randomFall = new double[fall.length];
      List<Double> draws = new ArrayList<>();
      for (int draw = 0; draw < request.draws(); draw++) {
        double[] one =
            falls(
                ablation.without(
                    ranking.random(units.size(), new HashSet<>(units), random), prompts));
        done.accept(++runs);
        Arrays.setAll(randomFall, i -> randomFall[i] + one[i] / request.draws());
        draws.add(Arrays.stream(one).average().orElseThrow());
      }
      double[] excess =
          IntStream.range(0, fall.length).mapToDouble(i -> fall[i] - randomFall[i]).toArray();
      ablations.add(
          new GreaterThanReport.Ablation(
              group.getKey(),
              units.size(),
              mean(differences(scores)),
              mean(scores.stream().mapToDouble(YearTokens.Score::sharpness).toArray()),
              mean(fall),
              mean(randomFall),
              draws,
              mean(excess)));
    }
    return ablations;
  }

  private double[] falls(List<YearTokens.Score> scores) {
    double[] falls = differences(scores);
    Arrays.setAll(falls, i -> unchanged[i] - falls[i]);
    return falls;
  }

  private Estimate mean(double[] values) {
    return Mean.bootstrap(values, LEVEL, seed);
  }

  static double[] differences(List<YearTokens.Score> scores) {
    return scores.stream().mapToDouble(YearTokens.Score::difference).toArray();
  }
}
