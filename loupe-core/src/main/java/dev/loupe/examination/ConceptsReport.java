package dev.loupe.examination;

import dev.loupe.statistics.Estimate;
import java.util.List;

/**
 * How dictionaries hold concepts whose truth is known.
 *
 * @param words whose kind is known and that were read
 * @param positions of them
 * @param unclear kinds left out in the first dictionary: fewer than five words, or a probe that
 *     tells them with an F1 below 0.8
 * @param dictionaries each of them
 */
public record ConceptsReport(
    int words, int positions, List<String> unclear, List<Holding> dictionaries) {

  /**
   * A dictionary.
   *
   * @param absorption of each kind of word
   * @param meanFraction mean absorption fraction over kinds, with the bootstrap interval over them
   * @param fractionByChance the same with the words dealt at random to kinds of the same sizes, of
   *     those that the probe still tells: what single words carry along any probe that was fitted
   *     to them
   * @param themes abstract and concrete, each with the features that fire on both
   * @param both features that fire on both, over all themes
   * @param bothByChance the mean with the themes of concrete documents permuted; NaN without
   * @param p share of the permutations with as many, the observed one among them
   */
  public record Holding(
      String basis,
      List<Kind> absorption,
      Estimate meanFraction,
      Estimate fractionByChance,
      List<Theme> themes,
      int both,
      double bothByChance,
      double p) {}

  /**
   * A kind of word.
   *
   * @param words of the kind
   * @param probeF1 of a linear probe on the half that is measured
   * @param own the kind's own features
   * @param ownF1 of "one of them is active" on that half
   * @param positions at which absorption was measured
   * @param silent share of them at which no own feature is active
   * @param fraction mean absorption fraction, with the bootstrap interval over words
   * @param full share of full absorption, Wilson's interval for words as clusters
   */
  public record Kind(
      String kind,
      int words,
      double probeF1,
      List<String> own,
      double ownF1,
      int positions,
      Estimate silent,
      Estimate fraction,
      Estimate full) {}

  /**
   * A theme that is told as a principle and shown by events or code.
   *
   * @param abstracts documents that tell it
   * @param concretes documents that show it
   * @param onAbstract features that fire on the first
   * @param onConcrete features that fire on the second
   * @param both features that fire on both
   * @param share of the features of the abstract documents that fire on the concrete ones too
   */
  public record Theme(
      String theme,
      int abstracts,
      int concretes,
      int onAbstract,
      int onConcrete,
      List<String> both,
      Estimate share) {}
}
