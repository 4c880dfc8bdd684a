package dev.loupe.audit;

import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Forecasts;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Reliability;
import dev.loupe.statistics.RiskCoverage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Systems under several confidence targets: their figures, their ranks, and which of them are
 * apart.
 *
 * @param level coverage of the intervals
 * @param targets rising; where there is 0, it is binary grading
 * @param answers all that were read
 * @param units clusters, items or single answers that are independent of each other
 * @param systems in the order of the files
 * @param pairs every two systems
 * @param sections by category, where there are several
 * @param labels what people's grades of some answers say of the grades
 * @param source of the confidence
 * @param resamples of the bootstrap of the ranks
 * @param notes what should be known, sentences for people
 */
public record Leaderboard(
    double level,
    List<Double> targets,
    long answers,
    int units,
    List<Row> systems,
    List<Pair> pairs,
    List<Section> sections,
    Optional<LabelledGrades> labels,
    ConfidenceSource source,
    int resamples,
    long seed,
    List<String> notes) {

  /**
   * One system. Rates have Wilson's intervals, at the effective number of trials where answers
   * repeat or come in clusters.
   *
   * @param repeats whether a cluster or an item has several answers
   * @param accuracy right of all with a grade
   * @param accuracyGivenAttempted right of right and wrong; NaN for none
   * @param hallucinationRate wrong of all with a grade
   * @param scores one for each target
   * @param ranks likewise
   * @param confidence of right and wrong answers, where the file has confidences
   */
  public record Row(
      String system,
      GradeCounts counts,
      boolean repeats,
      Estimate accuracy,
      Estimate accuracyGivenAttempted,
      Estimate hallucinationRate,
      Estimate abstentionRate,
      List<TargetScore> scores,
      List<Rank> ranks,
      Optional<Confidence> confidence) {}

  /** The systems in one category; without ranks. */
  public record Section(String category, List<Row> systems) {
    public Section {
      systems = List.copyOf(systems);
    }
  }

  /**
   * A place among the systems.
   *
   * @param rank 1 is best, ties share
   * @param low best rank within the percentile interval of the bootstrap over units
   * @param high worst
   */
  public record Rank(double target, int rank, int low, int high) {}

  /** How confidence goes with truth. */
  public record Confidence(
      int answers,
      double meanConfidence,
      double brier,
      Forecasts.Murphy murphy,
      double brierSkill,
      double logScore,
      double auroc,
      Reliability equalWidth,
      Reliability equalWidthLeftClosed,
      Reliability equalMass,
      RiskCoverage riskCoverage) {}

  /**
   * Two systems.
   *
   * @param breakEven the target at which both score the same; empty if one is ahead at all
   */
  public record Pair(
      String first, String second, OptionalDouble breakEven, List<Difference> differences) {}

  /**
   * The first's score less the second's, over the same units.
   *
   * @param standardError clustered by unit, C/(C − 1)
   * @param adjustedP by Holm over all pairs and targets
   */
  public record Difference(
      double target,
      double difference,
      double standardError,
      Interval interval,
      double p,
      double adjustedP,
      boolean isCertain) {}

  public Leaderboard {
    targets = List.copyOf(targets);
    systems = List.copyOf(systems);
    pairs = List.copyOf(pairs);
    sections = List.copyOf(sections);
    notes = List.copyOf(notes);
  }

  /** With more notes, before its own. */
  public Leaderboard with(List<String> more) {
    List<String> all = new ArrayList<>(more);
    all.addAll(notes);
    return new Leaderboard(
        level, targets, answers, units, systems, pairs, sections, labels, source, resamples, seed,
        all);
  }

  /** With sections and labels. */
  Leaderboard with(
      ConfidenceSource from, List<Section> byCategory, Optional<LabelledGrades> labelled) {
    return new Leaderboard(
        level,
        targets,
        answers,
        units,
        systems,
        pairs,
        byCategory,
        labelled,
        from,
        resamples,
        seed,
        notes);
  }

  /** One pair whose order is another at a target than under the first target. */
  public record Change(String behind, String ahead, double target, boolean isCertain) {}

  /**
   * Orders that change from the first target to another. Certain is a change where both orders are:
   * the adjusted p-value is below 1 − level on either side.
   */
  public List<Change> changes() {
    return pairs.stream()
        .flatMap(pair -> {
          Difference before = pair.differences().getFirst();
          return pair.differences().stream()
              .skip(1)
              .filter(after -> before.difference() * after.difference() < 0)
              .map(after ->
                  new Change(
                      before.difference() > 0 ? pair.first() : pair.second(),
                      before.difference() > 0 ? pair.second() : pair.first(),
                      after.target(),
                      before.isCertain() && after.isCertain()));
        })
        .toList();
  }
}
