package dev.loupe.audit;

import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.McNemar;
import dev.loupe.statistics.Normal;
import dev.loupe.statistics.Pairs;
import dev.loupe.statistics.ProportionInterval;
import java.util.ArrayList;
import java.util.List;

/**
 * Does abstention move as the stated confidence target moves (Kalai et al. 2025, section 4.2)? The
 * same items are asked under several targets; no stated confidence is needed.
 *
 * @param steps one for each target, rising; the first is the baseline
 * @param changes between neighbours
 * @param trend z of Cochran and Armitage's test for abstention over targets, as if the targets'
 *     answers were independent; NaN where abstention does not vary
 * @param trendP two-sided
 */
public record BehaviouralCalibration(
    List<Step> steps, List<Change> changes, double trend, double trendP) {

  /** Does the accuracy of the answers given reach the target? */
  public enum Verdict {
    /** Wilson's lower end is at or above the target. */
    MEETS,
    /** Its upper end is below the target. */
    FAILS,
    UNDECIDED,
    NO_ANSWERS
  }

  /**
   * One target.
   *
   * @param accuracy Wilson's interval of the accuracy of answers; undefined without answers
   * @param abstainedFromAnswered items that the baseline answered and this target did not
   * @param abstainedFromRight of these, the baseline had right: what abstention cost
   */
  public record Step(
      double target,
      GradeCounts counts,
      Interval accuracy,
      Verdict verdict,
      TargetScore score,
      long abstainedFromAnswered,
      long abstainedFromRight) {}

  /**
   * From a target to the next.
   *
   * @param began answered at the higher target only: inconsistent
   * @param p McNemar's exact test
   */
  public record Change(double from, double to, long stopped, long began, double p) {}

  public BehaviouralCalibration {
    steps = List.copyOf(steps);
    changes = List.copyOf(changes);
  }

  /** Whether no higher target has more answers. */
  public boolean neverRises() {
    for (int i = 1; i < steps.size(); i++) {
      if (steps.get(i).counts().attempted() > steps.get(i - 1).counts().attempted()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Measures it.
   *
   * @param targets rising
   * @param grades of each target the grades of the same items in the same order
   */
  public static BehaviouralCalibration of(
      List<Double> targets, List<List<Grade>> grades, double level) {
    List<Step> steps = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    List<Grade> baseline = grades.getFirst();
    for (int i = 0; i < targets.size(); i++) {
      List<Grade> here = grades.get(i);
      if (here.size() != baseline.size()) {
        throw new IllegalArgumentException("targets have different items");
      }
      steps.add(step(targets.get(i), here, baseline, level));
      if (i > 0) {
        changes.add(change(targets.get(i - 1), grades.get(i - 1), targets.get(i), here));
      }
    }
    double z = trend(steps);
    return new BehaviouralCalibration(
        steps, changes, z, Double.isNaN(z) ? Double.NaN : Normal.twoSidedP(z));
  }

  private static Step step(double target, List<Grade> here, List<Grade> baseline, double level) {
    GradeCounts counts = AnswerTally.count(here);
    long fromAnswered = 0;
    long fromRight = 0;
    for (int i = 0; i < here.size(); i++) {
      if (!isAnswer(here.get(i)) && isAnswer(baseline.get(i))) {
        fromAnswered++;
        fromRight += baseline.get(i) == Grade.RIGHT ? 1 : 0;
      }
    }
    Interval accuracy =
        counts.attempted() == 0
            ? Interval.undefined()
            : ProportionInterval.WILSON.of(new Counts(counts.right(), counts.attempted()), level);
    return new Step(
        target,
        counts,
        accuracy,
        verdict(target, accuracy),
        TargetScore.of(counts, target, level),
        fromAnswered,
        fromRight);
  }

  private static Verdict verdict(double target, Interval accuracy) {
    if (!accuracy.isDefined()) {
      return Verdict.NO_ANSWERS;
    }
    if (accuracy.low() >= target) {
      return Verdict.MEETS;
    }
    return accuracy.high() < target ? Verdict.FAILS : Verdict.UNDECIDED;
  }

  private static Change change(double from, List<Grade> before, double to, List<Grade> after) {
    long[] cells = new long[4];
    for (int i = 0; i < before.size(); i++) {
      cells[(isAnswer(before.get(i)) ? 0 : 2) + (isAnswer(after.get(i)) ? 0 : 1)]++;
    }
    Pairs pairs = new Pairs(cells[0], cells[1], cells[2], cells[3]);
    return new Change(from, to, cells[1], cells[2], McNemar.exact(pairs));
  }

  private static double trend(List<Step> steps) {
    double n = 0;
    double abstained = 0;
    double weighted = 0;
    double mean = 0;
    double squares = 0;
    for (Step step : steps) {
      double items = step.counts().answers();
      double away = items - step.counts().attempted();
      n += items;
      abstained += away;
      weighted += away * step.target();
      mean += items * step.target();
      squares += items * step.target() * step.target();
    }
    double share = abstained / n;
    double variance = share * (1 - share) * (squares - mean * mean / n);
    return variance > 0 ? (weighted - share * mean) / Math.sqrt(variance) : Double.NaN;
  }

  private static boolean isAnswer(Grade grade) {
    return grade == Grade.RIGHT || grade == Grade.WRONG;
  }
}
