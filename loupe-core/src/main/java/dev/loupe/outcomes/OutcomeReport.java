package dev.loupe.outcomes;

import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Optional;

/**
 * Rates of success by config and category, and the differences to a baseline.
 *
 * @param source the file
 * @param trials all of them
 * @param level coverage of the intervals, such as 0.95
 * @param configs in the order of the file
 * @param categories likewise; empty if the file has none
 * @param baseline the config that the others are compared with
 * @param pairing how the comparisons were made
 * @param overall whether the configs differ at all; empty for fewer than three, and for clusters
 * @param rates over all categories first, then category by category
 * @param differences likewise, without the baseline itself
 * @param caveats what to keep in mind
 */
public record OutcomeReport(
    String source,
    long trials,
    double level,
    List<String> configs,
    List<String> categories,
    String baseline,
    Pairing pairing,
    Optional<Overall> overall,
    List<Rate> rates,
    List<Difference> differences,
    List<String> caveats) {
  public OutcomeReport {
    configs = List.copyOf(configs);
    categories = List.copyOf(categories);
    rates = List.copyOf(rates);
    differences = List.copyOf(differences);
    caveats = List.copyOf(caveats);
  }

  /** How the trials of two configs belong together. */
  public enum Pairing {
    /** Not at all: Newcombe's hybrid score interval, Fisher's exact test. */
    INDEPENDENT,
    /** Item by item: Newcombe's interval for pairs (method 10), McNemar's exact test. */
    PAIRED,
    /** Within clusters: clustered error, Student's interval and test. */
    CLUSTERED,
    /** Some comparisons are paired and others independent. */
    MIXED
  }

  /**
   * One test of all configs together, over all categories.
   *
   * @param test its name: Cochran's Q where all configs have the same items, else χ²
   * @param statistic NaN where no config and no item differs
   */
  public record Overall(String test, double statistic, double p) {}

  /**
   * One config's successes.
   *
   * @param category empty for all categories together
   * @param rate with Wilson's interval
   * @param clusters how many, 0 without clusters
   * @param effectiveTrials what the clustered trials are worth, NaN without clusters
   */
  public record Rate(
      String config,
      Optional<String> category,
      long successes,
      long trials,
      Estimate rate,
      int clusters,
      double effectiveTrials) {}

  /**
   * One config minus the baseline.
   *
   * @param category empty for all categories together
   * @param pairs items that both have, 0 when they are compared as independent
   * @param leftOut trials of both that had no partner, when they are compared as pairs
   * @param p two-sided
   * @param adjustedP by Holm, over the comparisons of all categories together, or over those of the
   *     single categories
   */
  public record Difference(
      String config,
      Optional<String> category,
      Pairing pairing,
      long pairs,
      long leftOut,
      Estimate difference,
      double p,
      double adjustedP) {

    /** Whether the adjusted p-value shows a difference at this level, such as 0.95. */
    public boolean isShown(double level) {
      return adjustedP < 1 - level;
    }
  }

  /** The rates of one category, or of all together. */
  public List<Rate> rates(Optional<String> category) {
    return rates.stream().filter(each -> each.category().equals(category)).toList();
  }

  /** The difference of one config to the baseline, empty for the baseline itself. */
  public Optional<Difference> difference(String config, Optional<String> category) {
    return differences.stream()
        .filter(each -> each.config().equals(config) && each.category().equals(category))
        .findFirst();
  }
}
