package dev.loupe.audit;

import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.JudgeError;
import dev.loupe.statistics.JudgeError.Corrected;
import dev.loupe.statistics.ProportionInterval;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What people's grades of some answers say of the grades of all: how often the grader (a judge
 * model, a pattern for abstentions, a matcher) errs in either direction, and each system's rates
 * without those errors (Rogan and Gladen 1978, with the intervals of Lang and Reiczigel 2014). The
 * labelled answers of all systems are taken together; a grader that errs differently by system is
 * not corrected by this.
 *
 * @param labelled answers with a person's grade and another
 * @param detections of right, wrong and abstained answers
 */
public record LabelledGrades(long labelled, List<Detection> detections) {
  private static final List<Grade> DETECTED = List.of(Grade.RIGHT, Grade.WRONG, Grade.ABSTAINED);

  /**
   * One grade as a yes or no.
   *
   * @param missed answers of this grade by people that got another, of all of it by people
   * @param falselyFound answers of another grade by people that got this one, of all others
   * @param corrected one for each system
   */
  public record Detection(
      Grade grade, Estimate missed, Estimate falselyFound, List<CorrectedShare> corrected) {}

  /**
   * A system's share of one grade.
   *
   * @param share without the grader's errors
   * @param refusal why there is none: no known cases, or a grader that says no more than chance (Se
   *     + Sp ≤ 1)
   */
  public record CorrectedShare(
      String system, Optional<Corrected> share, Optional<String> refusal) {}

  /** Of all systems; empty where no answer has a label. */
  static Optional<LabelledGrades> of(List<SystemAnswers> systems, double level) {
    long[][] confusion = new long[Grade.values().length][Grade.values().length];
    systems.forEach(each -> each.addConfusion(confusion));
    long labelled = 0;
    for (long[] row : confusion) {
      for (long count : row) {
        labelled += count;
      }
    }
    if (labelled == 0) {
      return Optional.empty();
    }
    List<Detection> detections = new ArrayList<>();
    for (Grade grade : DETECTED) {
      detections.add(detection(grade, confusion, systems, level));
    }
    return Optional.of(new LabelledGrades(labelled, List.copyOf(detections)));
  }

  private static Detection detection(
      Grade grade, long[][] confusion, List<SystemAnswers> systems, double level) {
    int own = grade.number();
    long[] positives = new long[2];
    long[] negatives = new long[2];
    for (int label = 0; label < confusion.length; label++) {
      for (int given = 0; given < confusion.length; given++) {
        long[] side = label == own ? positives : negatives;
        side[1] += confusion[label][given];
        side[0] += (label == own) == (given == own) ? confusion[label][given] : 0;
      }
    }
    List<CorrectedShare> corrected =
        systems.stream()
            .map(system -> corrected(system, grade, positives, negatives, level))
            .toList();
    return new Detection(
        grade,
        share(positives[1] - positives[0], positives[1], level),
        share(negatives[1] - negatives[0], negatives[1], level),
        corrected);
  }

  private static Estimate share(long part, long all, double level) {
    return all == 0
        ? Estimate.exactly(Double.NaN, "of no answer")
        : ProportionInterval.WILSON.estimate(new Counts(part, all), level);
  }

  private static CorrectedShare corrected(
      SystemAnswers system, Grade grade, long[] positives, long[] negatives, double level) {
    if (positives[1] == 0 || negatives[1] == 0) {
      return refused(system, "no answer is labelled as " + (positives[1] == 0 ? "it" : "another"));
    }
    GradeCounts counts = system.counts();
    JudgeError error =
        new JudgeError(
            new Counts(counts.of(grade), counts.answers()),
            new Counts(positives[0], positives[1]),
            new Counts(negatives[0], negatives[1]));
    return error
        .corrected(level)
        .map(share -> new CorrectedShare(system.name(), Optional.of(share), Optional.empty()))
        .orElseGet(() ->
            refused(system, "the grades say no more than chance: sensitivity + specificity ≤ 1"));
  }

  private static CorrectedShare refused(SystemAnswers system, String why) {
    return new CorrectedShare(system.name(), Optional.empty(), Optional.of(why));
  }
}
