package dev.loupe.instrument.circuit;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.geometry.Matching;
import dev.loupe.geometry.PermutedTexts;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.QuantileMap;
import dev.loupe.statistics.RidgeRegression;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Circuits of features in two models: partners one to one, beside chance, and whether the first
 * model's values, mapped, do in the other what its own do.
 */
final class FeatureComparison {
  /** Random groups, and maps that know nothing, of the draws asked for. */
  private static final int MOST_RUN = 20;

  private static final double LEVEL = 0.05;

  /** Of what its own values do, what mapped ones must do. */
  private static final double SHARE = 0.8;

  /** Of the way that the metric can move, or the matched features do not matter. */
  private static final double HALF = 0.5;

  /** What to keep in mind. */
  static final List<String> CAVEATS =
      List.of(
          "Features are ranked by attribution patching, to first order; the %d members with the largest effects of each circuit are compared."
              .formatted(FeatureCircuit.MOST),
          "Features are matched, and maps fitted, on clean prompts and twins of the pairs that"
              + " chose; the swaps are measured on held-out pairs. A mapped value need not be one"
              + " that the feature could take.",
          "Random sets and maps that know nothing are drawn %d times at most.".formatted(MOST_RUN));

  private final FeatureCircuit first;
  private final FeatureCircuit second;
  private final int[] lengths;
  private final int draws;
  private final Random random;
  private final Run run;

  /**
   * Of two circuits.
   *
   * @param lengths of the texts that chose both circuits: those of one length can change places
   * @param draws how often texts are permuted, and random sets drawn
   */
  FeatureComparison(
      FeatureCircuit first, FeatureCircuit second, int[] lengths, int draws, Run run) {
    this.first = first;
    this.second = second;
    this.lengths = lengths.clone();
    this.draws = draws;
    this.random = new Random(run.seed());
    this.run = run;
  }

  /** Features of one model and their partners in the other, in one order. */
  private record Group(List<FeatureId> ones, List<FeatureId> others) {}

  /** How a map is made of the values of one group on some texts. */
  private interface Fitting {
    UnaryOperator<double[][]> of(List<double[][]> from, List<double[][]> to);
  }

  ComparedFeatures.Pairing compare() {
    Likeness<FeatureId> likeness = likeness(first.members(), second.members());
    int[] same = IntStream.range(0, lengths.length).toArray();
    double[][] values = likeness.values(same, same);
    List<Matching.Pair> pairs = likeness.partners(values, first.members());
    double mean = likeness.mean(values, first.members());
    double[] texts = new double[draws];
    double[] circuits = new double[draws];
    try (Steps steps = run.steps(second.model() + ": features by chance", Counted.RUNS, draws)) {
      for (int draw = 0; draw < draws; draw++) {
        run.check();
        texts[draw] =
            likeness.mean(
                likeness.values(
                    PermutedTexts.order(lengths, 1, random),
                    PermutedTexts.order(new int[lengths.length], 1, random)),
                first.members());
        List<FeatureId> some = first.draw(first.members(), random);
        Likeness<FeatureId> drawn = likeness(some, second.draw(second.members(), random));
        circuits[draw] = drawn.mean(drawn.values(same, same), some);
        steps.at(draw + 1L);
      }
    }
    Group matched = group(pairs, first.members(), second.members());
    double[] own = second.swapped(matched.others(), second.twins(matched.others()));
    List<Group> others =
        IntStream.range(0, Math.min(MOST_RUN, draws)).mapToObj(_ -> drawn(matched)).toList();
    ComparedFeatures.Effect ceiling = second.effect(own);
    ComparedFeatures.Swap affine =
        swap(matched, others, FeatureComparison::affine, this::affineOfNothing);
    ComparedFeatures.Swap rank =
        swap(matched, others, FeatureComparison::rank, this::rankOfNothing);
    return new ComparedFeatures.Pairing(
        second.model(),
        pairs.stream()
            .map(pair -> {
              FeatureId one = first.members().get(pair.row());
              FeatureId other = second.members().get(pair.column());
              return new ComparedFeatures.FeaturePartner(
                  one,
                  other,
                  likeness.activity(one, other, same),
                  likeness.effects(one, other, same));
            })
            .toList(),
        mean,
        chance(mean, texts),
        chance(mean, circuits),
        ceiling,
        affine,
        rank,
        verdict(PermutedTexts.p(mean, texts), PermutedTexts.p(mean, circuits), ceiling, affine));
  }

  /** The lines of evidence of all comparisons. */
  static List<Evidence> evidence(ComparedFeatures report) {
    List<Evidence> all = new ArrayList<>();
    for (ComparedFeatures.Pairing each : report.comparisons()) {
      all.add(
          Evidence.atMost(
                  LEVEL,
                  "The features' partners are more alike than with whole texts permuted",
                  Support.INTERVENED,
                  Estimate.exactly(each.texts().p(), "p"),
                  String.format(
                      Locale.ROOT,
                      "likeness %.3f, permuted %.3f; random features %.3f, p = %.3f",
                      each.likeness(),
                      each.texts().mean(),
                      each.circuits().mean(),
                      each.circuits().p()))
              .about(each.model()));
      ComparedFeatures.Swap affine = each.affine();
      all.add(
          Evidence.atLeast(
                  least(each.own()),
                  "Mapped values of the first model's features move the metric as its own do",
                  Support.INTERVENED,
                  affine.effect().moved(),
                  String.format(
                      Locale.ROOT,
                      "its own values %.3f, random features %.3f (p = %.3f), values of random"
                          + " features of the first %.3f (p = %.3f), a map of permuted texts %.3f"
                          + " (p = %.3f)",
                      each.own().moved().value(),
                      affine.random(),
                      affine.randomP(),
                      affine.fromRandom(),
                      affine.fromRandomP(),
                      affine.shuffled(),
                      affine.shuffledP()))
              .about(each.model()));
    }
    return all;
  }

  private Likeness<FeatureId> likeness(List<FeatureId> ones, List<FeatureId> others) {
    return new Likeness<>(first.parts(ones), second.parts(others), (_, _) -> true);
  }

  private static Group group(
      List<Matching.Pair> pairs, List<FeatureId> ones, List<FeatureId> others) {
    return new Group(
        pairs.stream().map(pair -> ones.get(pair.row())).toList(),
        pairs.stream().map(pair -> others.get(pair.column())).toList());
  }

  /** Random features of the same layers, matched the same way. */
  private Group drawn(Group like) {
    List<FeatureId> ones = first.draw(like.ones(), random);
    List<FeatureId> others = second.draw(like.others(), random);
    Likeness<FeatureId> likeness = likeness(ones, others);
    int[] same = IntStream.range(0, lengths.length).toArray();
    return group(likeness.partners(likeness.values(same, same), ones), ones, others);
  }

  private ComparedFeatures.Swap swap(
      Group matched,
      List<Group> others,
      Fitting fitting,
      Function<Group, UnaryOperator<double[][]>> ofNothing) {
    double[] found = swapped(matched, fitted(matched, fitting));
    double moved = second.moved(found);
    double[] random = new double[others.size()];
    double[] fromRandom = new double[others.size()];
    double[] shuffled = new double[others.size()];
    try (Steps steps = run.steps(second.model() + ": swaps", Counted.RUNS, others.size())) {
      for (int i = 0; i < others.size(); i++) {
        random[i] = second.moved(swapped(others.get(i), fitted(others.get(i), fitting)));
        Group mixed = new Group(first.draw(matched.ones(), this.random), matched.others());
        fromRandom[i] = second.moved(swapped(mixed, fitted(mixed, fitting)));
        shuffled[i] = second.moved(swapped(matched, ofNothing.apply(matched)));
        steps.at(i + 1L);
      }
    }
    return new ComparedFeatures.Swap(
        second.effect(found),
        Arrays.stream(random).average().orElseThrow(),
        PermutedTexts.p(moved, random),
        Arrays.stream(fromRandom).average().orElseThrow(),
        PermutedTexts.p(moved, fromRandom),
        Arrays.stream(shuffled).average().orElseThrow(),
        PermutedTexts.p(moved, shuffled));
  }

  private UnaryOperator<double[][]> fitted(Group group, Fitting fitting) {
    return fitting.of(first.texts(group.ones()), second.texts(group.others()));
  }

  private double[] swapped(Group group, UnaryOperator<double[][]> map) {
    return second.swapped(group.others(), first.twins(group.ones()).stream().map(map).toList());
  }

  /** Each of the other's features by all of the first's. */
  private static UnaryOperator<double[][]> affine(List<double[][]> from, List<double[][]> to) {
    int[] texts =
        IntStream.range(0, from.size())
            .flatMap(text -> IntStream.generate(() -> text).limit(from.get(text).length))
            .toArray();
    RidgeRegression fit = RidgeRegression.chosen(flat(from), flat(to), texts);
    return values -> Arrays.stream(values).map(fit::of).toArray(double[][]::new);
  }

  /** Each of the other's features by the ranks of its partner. */
  private static UnaryOperator<double[][]> rank(List<double[][]> from, List<double[][]> to) {
    double[][] x = flat(from);
    double[][] y = flat(to);
    List<QuantileMap> maps =
        IntStream.range(0, x[0].length)
            .mapToObj(k -> QuantileMap.of(column(x, k), column(y, k)))
            .toList();
    return values ->
        Arrays.stream(values)
            .map(row ->
                IntStream.range(0, row.length).mapToDouble(k -> maps.get(k).of(row[k])).toArray())
            .toArray(double[][]::new);
  }

  private UnaryOperator<double[][]> affineOfNothing(Group group) {
    List<double[][]> to = second.texts(group.others());
    return affine(
        first.texts(group.ones()),
        Arrays.stream(PermutedTexts.order(lengths, 1, random)).mapToObj(to::get).toList());
  }

  /** A rank map does not feel which text is which, so that its partners are put out of order. */
  private UnaryOperator<double[][]> rankOfNothing(Group group) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, group.ones().size()).boxed().toList());
    Collections.shuffle(order, random);
    UnaryOperator<double[][]> mixed =
        values ->
            Arrays.stream(values)
                .map(row -> order.stream().mapToDouble(k -> row[k]).toArray())
                .toArray(double[][]::new);
    List<double[][]> from = first.texts(group.ones()).stream().map(mixed).toList();
    UnaryOperator<double[][]> map = rank(from, second.texts(group.others()));
    return values -> map.apply(mixed.apply(values));
  }

  private static double[][] flat(List<double[][]> texts) {
    return texts.stream().flatMap(Arrays::stream).toArray(double[][]::new);
  }

  private static double[] column(double[][] rows, int k) {
    return Arrays.stream(rows).mapToDouble(row -> row[k]).toArray();
  }

  private static CompareCircuitsReport.Chance chance(double observed, double[] draws) {
    return new CompareCircuitsReport.Chance(
        Arrays.stream(draws).average().orElseThrow(), PermutedTexts.p(observed, draws));
  }

  private static double least(ComparedFeatures.Effect own) {
    return Math.max(HALF, SHARE * own.moved().value());
  }

  private static CompareCircuitsReport.Verdict verdict(
      double textsP, double circuitsP, ComparedFeatures.Effect own, ComparedFeatures.Swap swap) {
    boolean isAlike = textsP <= LEVEL && circuitsP <= LEVEL;
    boolean carries =
        swap.randomP() <= LEVEL
            && swap.fromRandomP() <= LEVEL
            && swap.shuffledP() <= LEVEL
            && swap.effect().moved().value() >= least(own);
    return isAlike && carries
        ? CompareCircuitsReport.Verdict.SAME
        : isAlike || carries
            ? CompareCircuitsReport.Verdict.PARTLY
            : CompareCircuitsReport.Verdict.DIFFERENT;
  }
}
