package dev.loupe.instrument.audit;

import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;

/**
 * How likely a model finds answers that matter, and what has changed since the last run.
 *
 * @param model its name
 * @param when name of this run
 * @param samples of each prompt
 * @param temperature of the samples
 * @param watched one for each prompt
 * @param since what is compared with; empty for a first run
 */
public record WatchReport(
    String model,
    String when,
    int samples,
    double temperature,
    List<WatchedAnswer> watched,
    Optional<Since> since) {
  public WatchReport {
    watched = List.copyOf(watched);
  }

  /**
   * One prompt and answer.
   *
   * @param probability that the model's reply begins with the first answer; NaN where the model
   *     gives no probabilities
   * @param likeliest what it says greedily
   * @param likeliestIsRight whether that holds one of the answers
   * @param right samples that hold one of the answers
   * @param usual what most samples say, normalised
   * @param usualShare of the samples that say so
   * @param entropy of the samples by what they say, normalised, in nats (Farquhar et al. 2024 with
   *     clusters of equal normalised texts)
   * @param change empty where the last run has no such prompt and answer
   */
  public record WatchedAnswer(
      String id,
      String prompt,
      String answer,
      double probability,
      String likeliest,
      boolean likeliestIsRight,
      Estimate right,
      String usual,
      Estimate usualShare,
      double entropy,
      Optional<Change> change) {}

  /**
   * From the last run to this one.
   *
   * @param probabilityBefore NaN if there is none
   * @param moved whether the probability differs by more than the tolerance
   * @param rightBefore share of samples
   * @param difference of the shares of samples, later less earlier, Newcombe's interval; NaN where
   *     the samples were drawn or compared in another way
   * @param adjustedP Fisher's exact test, by Holm over all answers; NaN as above
   * @param changed whether it is below 1 − level
   * @param likeliestBefore whether the likeliest answer was right
   */
  public record Change(
      double probabilityBefore,
      boolean moved,
      Estimate rightBefore,
      Estimate difference,
      double adjustedP,
      boolean changed,
      boolean likeliestBefore) {
    /** Whether one of the checks fails. */
    public boolean isAlarm() {
      return moved || changed;
    }
  }

  /**
   * All answers that both runs have.
   *
   * @param when name of the last run
   * @param compared how many
   * @param added answers of this run alone
   * @param gone answers of the last run alone
   * @param moved answers whose probability moved by more than {@code tolerance}
   * @param changed answers whose share of samples changed
   * @param right mean over answers of the difference in shares of samples, with Student's interval
   * @param logProbability mean over answers of the difference in log-probability, in nats
   * @param mostLeft of an answer that all samples said before, as many may be left for a change to
   *     be certain; −1 if even none is not enough
   */
  public record Since(
      String when,
      String model,
      int compared,
      int added,
      int gone,
      double tolerance,
      int moved,
      int changed,
      Estimate right,
      Estimate logProbability,
      int mostLeft) {}
}
