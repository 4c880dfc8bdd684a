package dev.loupe.statistics;

import java.util.Optional;

/**
 * A share that was counted by a judge who errs, such as a model that grades answers, corrected by
 * what the judge said of cases whose truth is known (Rogan and Gladen 1978).
 *
 * @param judged what the judge found positive among the cases in question
 * @param sensitivity known positives that it found positive
 * @param specificity known negatives that it found negative
 */
public record JudgeError(Counts judged, Counts sensitivity, Counts specificity) {
  /** A judge that is right no more often than a coin says nothing. */
  private static final double LEAST_YOUDEN = 1e-12;

  /**
   * The corrected share.
   *
   * @param uncut (p + Sp − 1)/(Se + Sp − 1), which may leave 0 and 1
   * @param share the same within 0 and 1
   * @param standardError by the delta method
   * @param langReiczigel the interval of Lang and Reiczigel 2014, the one to use
   * @param delta standard errors to each side, too narrow near 0 and 1
   * @param judgeKnown Wilson's through the correction, as if the judge's errors were known exactly
   */
  public record Corrected(
      double uncut,
      double share,
      double standardError,
      Interval langReiczigel,
      Interval delta,
      Interval judgeKnown) {}

  /** Youden's index Se + Sp − 1: 1 for a perfect judge, 0 for one that carries no information. */
  public double youden() {
    return sensitivity.share() + specificity.share() - 1;
  }

  /**
   * The share without the judge's errors; empty if the judge carries no information.
   *
   * @param level coverage, such as 0.95
   */
  public Optional<Corrected> corrected(double level) {
    double youden = youden();
    if (youden <= LEAST_YOUDEN) {
      return Optional.empty();
    }
    double shift = specificity.share() - 1;
    double uncut = (judged.share() + shift) / youden;
    double error =
        error(
            uncut,
            new double[] {judged.share(), sensitivity.share(), specificity.share()},
            new double[] {judged.trials(), sensitivity.trials(), specificity.trials()});
    double z = Normal.twoSided(level);
    Interval wilson = ProportionInterval.WILSON.of(judged, level);
    return Optional.of(
        new Corrected(
            uncut,
            Math.clamp(uncut, 0.0, 1.0),
            error,
            langReiczigel(z),
            Interval.around(uncut, z * error).within(0, 1),
            new Interval((wilson.low() + shift) / youden, (wilson.high() + shift) / youden)
                .within(0, 1)));
  }

  private Interval langReiczigel(double z) {
    double[] trials = {
      judged.trials() + z * z, sensitivity.trials() + 2.0, specificity.trials() + 2.0
    };
    double[] shares = {
      (judged.successes() + z * z / 2) / trials[0],
      (sensitivity.successes() + 1) / trials[1],
      (specificity.successes() + 1) / trials[2]
    };
    double share = (shares[0] + shares[2] - 1) / (shares[1] + shares[2] - 1);
    double shift =
        2
            * z
            * z
            * (share * shares[1] * (1 - shares[1]) / trials[1]
                - (1 - share) * shares[2] * (1 - shares[2]) / trials[2]);
    return Interval.around(share + shift, z * error(share, shares, trials)).within(0, 1);
  }

  /** By the delta method, of judged, sensitivity and specificity. */
  private static double error(double share, double[] shares, double[] trials) {
    double variance =
        shares[0] * (1 - shares[0]) / trials[0]
            + share * share * shares[1] * (1 - shares[1]) / trials[1]
            + (1 - share) * (1 - share) * shares[2] * (1 - shares[2]) / trials[2];
    return Math.sqrt(variance) / Math.abs(shares[1] + shares[2] - 1);
  }
}
