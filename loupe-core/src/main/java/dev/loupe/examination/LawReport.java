package dev.loupe.examination;

import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;

/**
 * At which frequency concepts get a feature of their own.
 *
 * @param positions of text that was read
 * @param concepts that were judged: words that are one token, with their exact rate
 * @param split words that the tokenizer splits, left out
 * @param seldom words that occurred too seldom in the text that was read, left out
 * @param threshold F1 from which a feature is a concept's own
 * @param sizes the dictionaries
 * @param fits at every threshold that was tried
 * @param bins shares by frequency times alive features, at the threshold
 * @param found each concept with its best feature in each dictionary
 */
public record LawReport(
    long positions,
    int concepts,
    int split,
    int seldom,
    double threshold,
    List<Size> sizes,
    List<Fit> fits,
    List<Bin> bins,
    List<Found> found) {

  /**
   * A dictionary.
   *
   * @param features of it
   * @param alive active at least once on the text
   * @param own share of the concepts with a feature of their own, at the threshold
   * @param midpoint log10 of frequency times alive features at which it is one half, with the
   *     bootstrap interval over concepts; empty where there is no maximum
   */
  public record Size(
      String basis, int features, int alive, Estimate own, Optional<Estimate> midpoint) {}

  /**
   * P(own feature) = 1/(1 + exp(−(b0 + b1 log10(frequency · alive)))) over all dictionaries.
   *
   * @param threshold F1
   * @param own share of concepts and dictionaries with an own feature
   * @param midpoint log10 of frequency times alive at which it is one half, with the bootstrap
   *     interval over concepts; empty, as the rest, where the likelihood has no maximum
   * @param slope per decade, likewise
   * @param mcFadden how much better than one probability for all
   * @param mcFaddenByFrequency the same of a fit by frequency alone: whether the number of alive
   *     features adds anything
   */
  public record Fit(
      double threshold,
      double own,
      Optional<Estimate> midpoint,
      Optional<Estimate> slope,
      double mcFadden,
      double mcFaddenByFrequency) {}

  /** Concepts of one dictionary in half a decade of frequency times alive features. */
  public record Bin(String basis, double from, double to, Estimate own) {}

  /**
   * A concept.
   *
   * @param rate occurrences per token of the corpus
   */
  public record Found(String word, String kind, double rate, List<Best> best) {}

  /**
   * Its best feature.
   *
   * @param f1 on the half of the text that did not choose it
   */
  public record Best(String basis, String feature, double f1) {}
}
