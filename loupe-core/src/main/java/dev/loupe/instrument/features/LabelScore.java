package dev.loupe.instrument.features;

import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;

/**
 * How well a label sorts texts (EleutherAI's delphi): a judge who knows only the label says of each
 * whether the feature fires on it. Half right is what a coin gets where both kinds are equally
 * many.
 *
 * @param hits texts that it fires on, told so
 * @param misses texts that it fires on, told otherwise
 * @param falseAlarms other texts, told to be such
 * @param rejections other texts, told so
 * @param unread texts on which the judge's answer could not be read; they count nowhere else
 */
public record LabelScore(int hits, int misses, int falseAlarms, int rejections, int unread) {
  private static final double LEVEL = 0.95;

  /** Texts with an answer. */
  public int judged() {
    return hits + misses + falseAlarms + rejections;
  }

  /** The share of right answers, with its Wilson interval; NaN without an answer. */
  public Estimate accuracy() {
    return judged() == 0
        ? Estimate.exactly(Double.NaN, "no answer could be read")
        : Proportion.wilson((long) hits + rejections, judged(), LEVEL);
  }

  /** The mean of the shares right on either kind; NaN if there is none of one. */
  public double balancedAccuracy() {
    double positive = (double) hits / (hits + misses);
    double negative = (double) rejections / (rejections + falseAlarms);
    return (positive + negative) / 2;
  }
}
