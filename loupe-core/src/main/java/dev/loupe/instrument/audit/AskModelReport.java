package dev.loupe.instrument.audit;

import dev.loupe.audit.BehaviouralCalibration.Verdict;
import dev.loupe.audit.Grade;
import dev.loupe.audit.GradeCounts;
import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * How a model's abstention moves with the stated confidence target.
 *
 * @param model its name
 * @param samples answers to each question under each instruction
 * @param steps one for each instruction: without a target, which counts as t = 0, then by rising
 *     targets
 * @param changes between neighbours
 * @param trend z of Cochran and Armitage's test for abstention over targets; NaN where it does not
 *     vary
 * @param trendP two-sided
 * @param neverRises whether no higher target has more answers
 * @param asked every question with what was answered
 */
public record AskModelReport(
    String model,
    int samples,
    List<Step> steps,
    List<Change> changes,
    double trend,
    double trendP,
    boolean neverRises,
    List<Asked> asked) {
  public AskModelReport {
    steps = List.copyOf(steps);
    changes = List.copyOf(changes);
    asked = List.copyOf(asked);
  }

  /**
   * One instruction. Counts, accuracy and verdict are of the first answer to each question, so that
   * answers are independent.
   *
   * @param instruction what was added to each question; empty for nothing
   * @param accuracy right of right and wrong
   * @param verdict does the accuracy reach the target?
   * @param score at the target
   * @param abstainedFromAnswered questions that were answered without a target and not here
   * @param abstainedFromRight of these, right without a target: what abstention cost
   * @param agreement mean share of a question's samples that say the same as the first; NaN for one
   *     sample
   * @param agreementAuroc how well that share tells right first answers from wrong ones; NaN where
   *     it cannot be told
   * @param statedConfidence mean stated confidence of right and wrong first answers; NaN if none
   *     stated one
   * @param statedError expected calibration error of it
   */
  public record Step(
      double target,
      String instruction,
      GradeCounts counts,
      Estimate accuracy,
      Estimate abstention,
      Verdict verdict,
      double score,
      long abstainedFromAnswered,
      long abstainedFromRight,
      double agreement,
      double agreementAuroc,
      double statedConfidence,
      double statedError) {}

  /**
   * From one instruction to the next.
   *
   * @param stopped answered before, not after
   * @param began answered after only: inconsistent
   * @param p McNemar's exact test
   */
  public record Change(double from, double to, long stopped, long began, double p) {}

  /** One question: what was answered first under each instruction, and its grade. */
  public record Asked(
      String id, String category, String question, List<String> answers, List<Grade> grades) {
    public Asked {
      answers = List.copyOf(answers);
      grades = List.copyOf(grades);
    }
  }
}
