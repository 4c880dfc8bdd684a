package dev.loupe.examination;

import dev.loupe.geometry.Absorption;
import dev.loupe.statistics.ClusteredShare;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import dev.loupe.statistics.RidgeLogistic;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Whether narrower features take over where a kind's own features are silent: the absorption of
 * Chanin et al. 2024 (arXiv:2409.14507), by the arithmetic of SAEBench ({@link Absorption}).
 *
 * <ol>
 *   <li>On the choosing half of the positions a probe, ridge-penalised logistic regression on the
 *       stream, tells words of the kind from words of other kinds.
 *   <li>The kind's <em>own</em> features: the one whose being active tells the kind with the best
 *       F1 on that half, then further ones as long as each raises the F1 of "one of them is active"
 *       by more than 0.03.
 *   <li>On the other half, at the positions of the kind at which the probe is right: the
 *       <em>fraction</em> is what the strongest three other features along the probe (cosine of 0.1
 *       or more) carry of the part of the stream's projection on the probe that the own ones do not
 *       carry, 0 where they carry less than 0.4 of the projection; absorption is <em>full</em>
 *       where all own features are silent, and the feature that carries most has a cosine of 0.025
 *       or more with the probe and carries 0.4 of the projection.
 * </ol>
 *
 * <p>It differs from SAEBench in two things, both so that parts and whole are of one measure:
 * activations are multiplied by the length of their decoder rows, and the projection is that of the
 * stream less the dictionary's constant. Words rather than positions are resampled.
 *
 * @param probeF1 of the probe on the half that is measured
 * @param own the kind's own features
 * @param ownF1 of "one of them is active" on the half that is measured
 * @param positions at which absorption was measured
 * @param silent share of them at which no own feature is active
 * @param fraction mean absorption fraction
 * @param full share of them with full absorption
 */
record KindAbsorption(
    double probeF1,
    List<Integer> own,
    double ownF1,
    int positions,
    Estimate silent,
    Estimate fraction,
    Estimate full) {
  private static final double LEVEL = 0.95;
  private static final double PENALTY = 10;
  private static final double RISE = 0.03;
  private static final int MOST_OWN = 10;

  /**
   * A position of a word.
   *
   * @param stream what the dictionary read, less its constant
   * @param features active ones
   * @param values their activations times the length of their decoder rows
   * @param word number of the word
   * @param chooses whether its document is of the half that chooses
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Seen(double[] stream, int[] features, double[] values, int word, boolean chooses) {
    boolean active(List<Integer> some) {
      return Arrays.stream(features).anyMatch(some::contains);
    }
  }

  /**
   * Measures a kind.
   *
   * @param seen positions of words, of this kind and of others
   * @param ofKind whether a word is of the kind
   * @param decoder {@code [features, d_model]}
   * @param seed of the resampling of words
   * @return empty if a half has no position of the kind or of others, or the probe is never right
   */
  static Optional<KindAbsorption> of(
      List<Seen> seen, IntPredicate ofKind, Tensor decoder, long seed) {
    List<Seen> choosing = seen.stream().filter(Seen::chooses).toList();
    List<Seen> measuring = seen.stream().filter(each -> !each.chooses()).toList();
    if (!hasBoth(choosing, ofKind) || !hasBoth(measuring, ofKind)) {
      return Optional.empty();
    }
    boolean[] outcome = new boolean[choosing.size()];
    for (int i = 0; i < outcome.length; i++) {
      outcome[i] = ofKind.test(choosing.get(i).word());
    }
    RidgeLogistic probe =
        RidgeLogistic.of(
            choosing.stream().map(Seen::stream).toArray(double[][]::new), outcome, PENALTY);
    List<Integer> own = own(choosing, ofKind);
    List<Seen> judged =
        measuring.stream()
            .filter(each -> ofKind.test(each.word()) && probe.logit(each.stream()) > 0)
            .toList();
    return judged.isEmpty()
        ? Optional.empty()
        : Optional.of(
            measured(
                judged,
                own,
                probe.slopes(),
                decoder,
                f1(measuring, ofKind, each -> probe.logit(each.stream()) > 0),
                f1(measuring, ofKind, each -> each.active(own)),
                seed));
  }

  private static boolean hasBoth(List<Seen> some, IntPredicate ofKind) {
    long count = some.stream().filter(each -> ofKind.test(each.word())).count();
    return count > 0 && count < some.size();
  }

  private static double f1(List<Seen> some, IntPredicate ofKind, Predicate<Seen> told) {
    int hits = 0;
    int either = 0;
    for (Seen each : some) {
      boolean of = ofKind.test(each.word());
      boolean says = told.test(each);
      hits += of && says ? 2 : 0;
      either += (of ? 1 : 0) + (says ? 1 : 0);
    }
    return either == 0 ? 0 : (double) hits / either;
  }

  /** Greedily, by the F1 of "one of them is active". */
  private static List<Integer> own(List<Seen> some, IntPredicate ofKind) {
    int features =
        1 + some.stream().flatMapToInt(each -> Arrays.stream(each.features())).max().orElse(0);
    List<Integer> own = new ArrayList<>();
    double best = 0;
    while (own.size() < MOST_OWN) {
      int[] hits = new int[features];
      int[] falls = new int[features];
      int of = 0;
      int already = 0;
      int alreadyFalse = 0;
      for (Seen each : some) {
        boolean kind = ofKind.test(each.word());
        of += kind ? 1 : 0;
        if (each.active(own)) {
          already += kind ? 1 : 0;
          alreadyFalse += kind ? 0 : 1;
        } else {
          for (int feature : each.features()) {
            (kind ? hits : falls)[feature]++;
          }
        }
      }
      int next = -1;
      double most = best;
      for (int feature = 0; feature < features; feature++) {
        double right = already + hits[feature];
        double f1 = 2 * right / (of + right + alreadyFalse + falls[feature]);
        if (f1 > most && !own.contains(feature)) {
          most = f1;
          next = feature;
        }
      }
      if (next < 0 || most - best <= RISE) {
        break;
      }
      own.add(next);
      best = most;
    }
    return own;
  }

  private static KindAbsorption measured(
      List<Seen> judged,
      List<Integer> own,
      double[] direction,
      Tensor decoder,
      double probeF1,
      double ownF1,
      long seed) {
    double length = Math.sqrt(Arrays.stream(direction).map(each -> each * each).sum());
    Absorption absorption = Absorption.of(own.stream().mapToInt(each -> each).toArray());
    double[] cosines = Absorption.cosines(decoder, Tensor.of(direction, direction.length));
    int[] words = judged.stream().mapToInt(Seen::word).distinct().sorted().toArray();
    double[] fractions = new double[words.length];
    long[] counts = new long[words.length];
    long[] full = new long[words.length];
    long[] silent = new long[words.length];
    double[] activations = new double[cosines.length];
    for (Seen each : judged) {
      Arrays.fill(activations, 0);
      for (int i = 0; i < each.features().length; i++) {
        activations[each.features()[i]] = each.values()[i];
      }
      double projection =
          IntStream.range(0, direction.length)
                  .mapToDouble(k -> direction[k] * each.stream()[k])
                  .sum()
              / length;
      Absorption.Score score = absorption.of(activations, cosines, projection);
      int word = Arrays.binarySearch(words, each.word());
      counts[word]++;
      fractions[word] += score.fraction();
      full[word] += score.full() ? 1 : 0;
      silent[word] += each.active(own) ? 0 : 1;
    }
    return new KindAbsorption(
        probeF1,
        own,
        ownF1,
        judged.size(),
        ClusteredShare.of(silent, counts).estimate(LEVEL),
        Mean.bca(fractions, Arrays.stream(counts).asDoubleStream().toArray(), LEVEL, seed),
        ClusteredShare.of(full, counts).estimate(LEVEL));
  }
}
