package dev.loupe.audit;

import dev.loupe.audit.Leaderboard.Confidence;
import dev.loupe.audit.Leaderboard.Difference;
import dev.loupe.audit.Leaderboard.Pair;
import dev.loupe.audit.Leaderboard.Rank;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.statistics.AdjustedP;
import dev.loupe.statistics.Forecasts;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Normal;
import dev.loupe.statistics.Reliability;
import dev.loupe.statistics.Reliability.Binning;
import dev.loupe.statistics.RiskCoverage;
import dev.loupe.statistics.Student;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The leaderboard from the answers. Per unit it keeps each system's right, wrong and graded
 * answers; scores, their errors and the bootstrap need no more.
 */
final class Ranking {
  private static final int RESAMPLES = 2_000;

  /** Draws of units, all resamples together: beyond it fewer resamples are made. */
  private static final long MOST_DRAWS = 400_000_000;

  private static final int LEAST_RESAMPLES = 200;
  private static final int BINS = 10;

  /** Below it the central limit theorem is a poor guide to three-valued scores. */
  private static final int FEW_UNITS = 30;

  /** Scores that differ by rounding alone are a tie. */
  private static final double TIE = 1e-12;

  private final List<SystemAnswers> systems;
  private final int units;
  private final List<Double> targets;
  private final double level;

  /** {@code [systems][3, units]}: right, wrong, graded. */
  private final int[][][] cells;

  private Ranking(List<SystemAnswers> systems, int units, List<Double> targets, double level) {
    this.systems = systems;
    this.units = units;
    this.targets = targets;
    this.level = level;
    this.cells = new int[systems.size()][3][units];
    for (int s = 0; s < cells.length; s++) {
      SystemAnswers answers = systems.get(s);
      for (int i = 0; i < answers.size(); i++) {
        Grade grade = answers.grade(i);
        if (grade != Grade.UNDETERMINED) {
          cells[s][0][answers.unit(i)] += grade == Grade.RIGHT ? 1 : 0;
          cells[s][1][answers.unit(i)] += grade == Grade.WRONG ? 1 : 0;
          cells[s][2][answers.unit(i)]++;
        }
      }
    }
  }

  static Leaderboard of(
      List<SystemAnswers> systems,
      int units,
      List<Double> targets,
      double level,
      long seed,
      List<String> notes) {
    Ranking ranking = new Ranking(systems, units, targets, level);
    int resamples =
        systems.size() == 1
            ? 0
            : Math.clamp(MOST_DRAWS / ((long) units * systems.size()), LEAST_RESAMPLES, RESAMPLES);
    List<List<Rank>> ranks = ranking.ranks(resamples, seed);
    List<Row> rows = new ArrayList<>();
    for (int s = 0; s < systems.size(); s++) {
      rows.add(ranking.row(s, ranks.get(s)));
    }
    if (units < FEW_UNITS) {
      notes.add(
          "There are only %d independent items or clusters: intervals of scores and ranks are rough below %d."
              .formatted(units, FEW_UNITS));
    }
    systems.stream()
        .filter(SystemAnswers::isClustered)
        .forEach(each ->
            notes.add(
                "%s: some items or clusters have several answers, which are not taken for independent."
                    .formatted(each.name())));
    return new Leaderboard(
        level,
        targets,
        systems.stream().mapToLong(SystemAnswers::size).sum(),
        units,
        rows,
        ranking.pairs(),
        List.of(),
        Optional.empty(),
        ConfidenceSource.RECORDED,
        resamples,
        seed,
        notes);
  }

  /** One system by itself, such as in one category; it has no rank. */
  static Row alone(SystemAnswers system, List<Double> targets, double level) {
    return new Ranking(List.of(system), system.unitsUsed(), targets, level).row(0, List.of());
  }

  private Row row(int number, List<Rank> ranks) {
    SystemAnswers answers = systems.get(number);
    List<TargetScore> scores = new ArrayList<>();
    for (double target : targets) {
      double[] influence = influence(number, target);
      scores.add(
          TargetScore.of(
              target,
              score(number, target),
              error(influence, used(number, number)),
              factor(answers.isClustered(), used(number, number))));
    }
    return new Row(
        answers.name(),
        answers.counts(),
        answers.isClustered(),
        answers.share(_ -> true, grade -> grade == Grade.RIGHT, units, level),
        answers.share(
            grade -> grade == Grade.RIGHT || grade == Grade.WRONG,
            grade -> grade == Grade.RIGHT,
            units,
            level),
        answers.share(_ -> true, grade -> grade == Grade.WRONG, units, level),
        answers.share(_ -> true, grade -> grade == Grade.ABSTAINED, units, level),
        scores,
        ranks,
        answers.forecasts().map(this::confidence));
  }

  private Confidence confidence(Forecasts forecasts) {
    return new Confidence(
        forecasts.size(),
        forecasts.meanConfidence(),
        forecasts.brier(),
        forecasts.murphy(),
        forecasts.brierSkill(),
        forecasts.logScore(),
        forecasts.auroc(),
        Reliability.of(forecasts, Binning.EQUAL_WIDTH, BINS, level),
        Reliability.of(forecasts, Binning.EQUAL_WIDTH_LEFT_CLOSED, BINS, level),
        Reliability.of(forecasts, Binning.EQUAL_MASS, BINS, level),
        RiskCoverage.of(forecasts));
  }

  private double score(int system, double target) {
    long[] sums = new long[3];
    for (int i = 0; i < 3; i++) {
      sums[i] = Arrays.stream(cells[system][i]).asLongStream().sum();
    }
    return (sums[0] - TargetScore.penalty(target) * sums[1]) / sums[2];
  }

  /** How much each unit moves the score, {@code [units]}; the sum of squares is its variance. */
  private double[] influence(int system, double target) {
    double mean = score(system, target);
    double penalty = TargetScore.penalty(target);
    int[][] own = cells[system];
    double all = Arrays.stream(own[2]).asLongStream().sum();
    double[] influence = new double[units];
    Arrays.setAll(influence, u -> (own[0][u] - penalty * own[1][u] - mean * own[2][u]) / all);
    return influence;
  }

  /** Units in which one of both has an answer. */
  private int used(int first, int second) {
    int used = 0;
    for (int u = 0; u < units; u++) {
      used += cells[first][2][u] + cells[second][2][u] > 0 ? 1 : 0;
    }
    return used;
  }

  /** NaN for a single unit. */
  private static double error(double[] influence, int used) {
    double squares = Arrays.stream(influence).map(each -> each * each).sum();
    return used < 2 ? Double.NaN : Math.sqrt(squares * used / (used - 1.0));
  }

  /** Standard errors to each side; with few clusters the normal distribution's are too few. */
  private double factor(boolean isClustered, int used) {
    return isClustered && used > 1 ? Student.twoSided(level, used - 1.0) : Normal.twoSided(level);
  }

  private List<Pair> pairs() {
    List<Pair> raw = new ArrayList<>();
    for (int a = 0; a < systems.size(); a++) {
      for (int b = a + 1; b < systems.size(); b++) {
        List<Difference> differences = new ArrayList<>();
        for (double target : targets) {
          differences.add(difference(a, b, target));
        }
        raw.add(
            new Pair(
                systems.get(a).name(),
                systems.get(b).name(),
                TargetScore.breakEven(systems.get(a).counts(), systems.get(b).counts()),
                differences));
      }
    }
    return adjusted(raw);
  }

  private Difference difference(int a, int b, double target) {
    double[] influence = influence(a, target);
    double[] other = influence(b, target);
    Arrays.setAll(influence, u -> influence[u] - other[u]);
    int used = used(a, b);
    double error = error(influence, used);
    double difference = score(a, target) - score(b, target);
    boolean hasError = error > TIE;
    boolean isClustered = systems.get(a).isClustered() || systems.get(b).isClustered();
    double half = factor(isClustered, used) * error;
    // Where every unit differs alike there is no error to divide by: the sign test of the units.
    double p =
        hasError
            ? p(difference / error, isClustered, used)
            : Math.abs(difference) <= TIE ? 1 : Math.min(1, 2 * Math.pow(0.5, used));
    Interval interval =
        hasError ? new Interval(difference - half, difference + half) : Interval.undefined();
    return new Difference(target, difference, error, interval, p, p, false);
  }

  private static double p(double ratio, boolean isClustered, int used) {
    return isClustered ? Student.twoSidedP(ratio, used - 1.0) : Normal.twoSidedP(ratio);
  }

  private List<Pair> adjusted(List<Pair> raw) {
    double[] adjusted =
        AdjustedP.HOLM.of(
            raw.stream()
                .flatMap(pair -> pair.differences().stream())
                .mapToDouble(Difference::p)
                .toArray());
    List<Pair> pairs = new ArrayList<>();
    int at = 0;
    for (Pair pair : raw) {
      List<Difference> differences = new ArrayList<>();
      for (Difference each : pair.differences()) {
        double p = adjusted[at++];
        differences.add(
            new Difference(
                each.target(),
                each.difference(),
                each.standardError(),
                each.interval(),
                each.p(),
                p,
                p < 1 - level));
      }
      pairs.add(new Pair(pair.first(), pair.second(), pair.breakEven(), differences));
    }
    return pairs;
  }

  /** {@code [systems][targets]}. */
  private List<List<Rank>> ranks(int resamples, long seed) {
    int[][][] drawn = new int[systems.size()][targets.size()][resamples];
    SplittableRandom random = new SplittableRandom(seed);
    for (int r = 0; r < resamples; r++) {
      long[][] sums = new long[systems.size()][3];
      for (int draw = 0; draw < units; draw++) {
        int unit = random.nextInt(units);
        for (int s = 0; s < sums.length; s++) {
          sums[s][0] += cells[s][0][unit];
          sums[s][1] += cells[s][1][unit];
          sums[s][2] += cells[s][2][unit];
        }
      }
      for (int t = 0; t < targets.size(); t++) {
        double penalty = TargetScore.penalty(targets.get(t));
        int[] ranks =
            ranks(
                Arrays.stream(sums)
                    .mapToDouble(sum -> sum[2] == 0 ? 0 : (sum[0] - penalty * sum[1]) / sum[2])
                    .toArray());
        for (int s = 0; s < ranks.length; s++) {
          drawn[s][t][r] = ranks[s];
        }
      }
    }
    List<List<Rank>> all = new ArrayList<>();
    for (int s = 0; s < systems.size(); s++) {
      List<Rank> own = new ArrayList<>();
      for (int t = 0; t < targets.size(); t++) {
        own.add(rank(s, targets.get(t), drawn[s][t]));
      }
      all.add(own);
    }
    return all;
  }

  private Rank rank(int system, double target, int[] drawn) {
    double[] scores = new double[systems.size()];
    Arrays.setAll(scores, s -> score(s, target));
    int rank = ranks(scores)[system];
    if (drawn.length == 0) {
      return new Rank(target, rank, rank, rank);
    }
    Arrays.sort(drawn);
    double tail = (1 - level) / 2 * (drawn.length - 1);
    return new Rank(
        target,
        rank,
        drawn[(int) Math.floor(tail)],
        drawn[drawn.length - 1 - (int) Math.floor(tail)]);
  }

  private static int[] ranks(double[] scores) {
    int[] ranks = new int[scores.length];
    Arrays.setAll(
        ranks, s -> 1 + (int) Arrays.stream(scores).filter(each -> each > scores[s] + TIE).count());
    return ranks;
  }
}
