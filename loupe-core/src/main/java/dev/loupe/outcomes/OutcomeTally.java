package dev.loupe.outcomes;

import dev.loupe.fault.LoupeException;
import dev.loupe.outcomes.OutcomeReport.Difference;
import dev.loupe.outcomes.OutcomeReport.Pairing;
import dev.loupe.outcomes.OutcomeReport.Rate;
import dev.loupe.statistics.AdjustedP;
import dev.loupe.statistics.ClusteredShare;
import dev.loupe.statistics.Proportion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts trials as they are read; of a file without items and clusters it keeps nothing but the
 * counts.
 */
public final class OutcomeTally {
  private static final int MOST_GROUPS = 20_000;

  /** Items and clusters of all groups together: about a gigabyte. */
  private static final int MOST_KEPT = 8_000_000;

  /** With fewer clusters than this the clustered error is known to come out too small. */
  private static final int FEW_CLUSTERS = 20;

  private final Map<String, Map<String, OutcomeGroup>> groups = new LinkedHashMap<>();
  private final Set<String> categories = new LinkedHashSet<>();
  private Optional<Outcome> first = Optional.empty();
  private long trials;
  private long groupCount;
  private long kept;

  /**
   * Counts one trial.
   *
   * @throws LoupeException if it repeats an item, if it has an item or a cluster and others have
   *     none, or if there are too many configs, categories or items
   */
  public void add(Outcome outcome) {
    Outcome like = first.orElse(outcome);
    first = Optional.of(like);
    requireAlike("an item", like.item().isPresent(), outcome.item().isPresent(), outcome);
    requireAlike("a cluster", like.cluster().isPresent(), outcome.cluster().isPresent(), outcome);
    categories.add(outcome.category());
    Map<String, OutcomeGroup> ofConfig =
        groups.computeIfAbsent(outcome.config(), _ -> new LinkedHashMap<>());
    OutcomeGroup group =
        ofConfig.computeIfAbsent(
            outcome.category(),
            _ -> {
              groupCount++;
              return new OutcomeGroup();
            });
    kept += group.add(outcome);
    trials++;
    if (groupCount > MOST_GROUPS) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%s: more than %,d combinations of config and category",
              outcome.place(),
              MOST_GROUPS),
          "Name the columns of config and category with `config` and `category`.");
    }
    if (kept > MOST_KEPT) {
      throw LoupeException.resource(
          String.format(
              Locale.ROOT,
              "%s: more than %,d items and clusters to keep",
              outcome.place(),
              MOST_KEPT),
          "Split the table by category, or leave the columns of items and clusters out.");
    }
  }

  private static void requireAlike(String what, boolean first, boolean now, Outcome outcome) {
    if (first != now) {
      throw LoupeException.badInput(
          "%s: this trial has %s%s, unlike the first one"
              .formatted(outcome.place(), now ? "" : "not ", what),
          "Give all trials one, or none.");
    }
  }

  /**
   * What the trials say.
   *
   * @param source the file, for people
   * @param level coverage, such as 0.95
   * @param baseline the config to compare with, the first of the file if empty
   * @throws LoupeException if there is no such config, or no trial
   */
  public OutcomeReport report(String source, double level, Optional<String> baseline) {
    List<String> configs = List.copyOf(groups.keySet());
    if (configs.isEmpty()) {
      throw LoupeException.badInput(source + ": has no trial", "Give one trial a line.");
    }
    String base = baseline.orElse(configs.getFirst());
    if (!groups.containsKey(base)) {
      throw LoupeException.badInput(
          "%s: has no config '%s'".formatted(source, base),
          "Take one of its configs as `baseline`: "
              + String.join(", ", configs.subList(0, Math.min(12, configs.size())))
              + (configs.size() > 12 ? " …" : "."));
    }
    List<String> named = categories.equals(Set.of("")) ? List.of() : List.copyOf(categories);
    Map<String, OutcomeGroup> pooled = pooled();
    List<Rate> rates = new ArrayList<>();
    pooled.forEach((config, group) -> rates.add(rate(config, Optional.empty(), group, level)));
    List<Difference> differences = new ArrayList<>(compared(base, Optional.empty(), pooled, level));
    List<Difference> single = new ArrayList<>();
    for (String category : named) {
      Map<String, OutcomeGroup> within = within(category);
      within.forEach(
          (config, group) -> rates.add(rate(config, Optional.of(category), group, level)));
      single.addAll(compared(base, Optional.of(category), within, level));
    }
    List<Difference> all = new ArrayList<>(adjusted(differences));
    all.addAll(adjusted(single));
    return new OutcomeReport(
        source,
        trials,
        level,
        configs,
        named,
        base,
        pairing(all),
        Comparing.overall(List.copyOf(pooled.values())),
        rates,
        all,
        caveats(base, named, pooled, all));
  }

  private Map<String, OutcomeGroup> pooled() {
    Map<String, OutcomeGroup> pooled = new LinkedHashMap<>();
    groups.forEach((config, ofConfig) -> {
      OutcomeGroup sum = new OutcomeGroup();
      ofConfig.forEach(sum::add);
      pooled.put(config, sum);
    });
    return pooled;
  }

  private Map<String, OutcomeGroup> within(String category) {
    Map<String, OutcomeGroup> within = new LinkedHashMap<>();
    groups.forEach((config, ofConfig) -> {
      if (ofConfig.containsKey(category)) {
        within.put(config, ofConfig.get(category));
      }
    });
    return within;
  }

  private static Rate rate(
      String config, Optional<String> category, OutcomeGroup group, double level) {
    if (group.clusters().isEmpty()) {
      return new Rate(
          config,
          category,
          group.successes(),
          group.trials(),
          Proportion.wilson(group.successes(), group.trials(), level),
          0,
          Double.NaN);
    }
    ClusteredShare share = Comparing.share(group);
    return new Rate(
        config,
        category,
        group.successes(),
        group.trials(),
        share.estimate(level),
        share.clusters(),
        share.effectiveTrials());
  }

  private static List<Difference> compared(
      String base, Optional<String> category, Map<String, OutcomeGroup> groups, double level) {
    OutcomeGroup with = groups.get(base);
    if (with == null) {
      return List.of();
    }
    return groups.entrySet().stream()
        .filter(each -> !each.getKey().equals(base))
        .map(each -> Comparing.difference(each.getKey(), category, each.getValue(), with, level))
        .toList();
  }

  private static List<Difference> adjusted(List<Difference> differences) {
    double[] p = AdjustedP.HOLM.of(differences.stream().mapToDouble(Difference::p).toArray());
    List<Difference> adjusted = new ArrayList<>();
    for (int i = 0; i < p.length; i++) {
      Difference each = differences.get(i);
      adjusted.add(
          new Difference(
              each.config(),
              each.category(),
              each.pairing(),
              each.pairs(),
              each.leftOut(),
              each.difference(),
              each.p(),
              p[i]));
    }
    return adjusted;
  }

  private static Pairing pairing(List<Difference> differences) {
    List<Pairing> used = differences.stream().map(Difference::pairing).distinct().toList();
    return used.isEmpty() ? Pairing.INDEPENDENT : used.size() > 1 ? Pairing.MIXED : used.getFirst();
  }

  private List<String> caveats(
      String base,
      List<String> named,
      Map<String, OutcomeGroup> pooled,
      List<Difference> differences) {
    List<String> caveats = new ArrayList<>();
    boolean hasItems = first.flatMap(Outcome::item).isPresent();
    boolean hasClusters = first.flatMap(Outcome::cluster).isPresent();
    if (differences.size() > 1) {
      caveats.add(
          "p-values are adjusted by Holm"
              + (named.isEmpty()
                  ? "."
                  : ", those of all categories together and those of the single categories apart.")
              + " Intervals are not adjusted: each covers at its own level.");
    }
    if (!hasItems && !hasClusters) {
      caveats.add(
          "Trials are taken as independent of each other. If configs were tried on the same items,"
              + " a column 'item' makes pairs of them; if items were tried repeatedly, give their"
              + " column as `cluster`.");
    }
    if (differences.stream().anyMatch(each -> each.leftOut() > 0)) {
      caveats.add(
          "Comparisons in pairs use the items that both configs have; the trials left out are"
              + " counted beside them.");
    }
    if (hasItems && !hasClusters && differences.stream().anyMatch(OutcomeTally::unpaired)) {
      caveats.add("Configs that share fewer than half of their items are compared as independent.");
    }
    if (hasClusters && pooled.values().stream().anyMatch(each -> isFew(each))) {
      caveats.add(
          "Some configs have fewer than %d clusters: clustered errors then come out too small."
              .formatted(FEW_CLUSTERS));
    }
    if (!named.isEmpty() && mixesDiffer(base)) {
      caveats.add(
          "Configs have different shares of the categories, so that differences over all"
              + " categories also reflect the mix. Compare within categories.");
    }
    return caveats;
  }

  private static boolean unpaired(Difference difference) {
    return difference.pairing() == Pairing.INDEPENDENT;
  }

  private static boolean isFew(OutcomeGroup group) {
    return group.clusters().size() < FEW_CLUSTERS;
  }

  /** Whether some config's trials are spread over the categories unlike the baseline's. */
  private boolean mixesDiffer(String base) {
    Map<String, OutcomeGroup> like = groups.getOrDefault(base, Map.of());
    double all = like.values().stream().mapToLong(OutcomeGroup::trials).sum();
    return groups.values().stream()
        .anyMatch(other -> {
          double sum = other.values().stream().mapToLong(OutcomeGroup::trials).sum();
          return categories.stream()
              .anyMatch(category ->
                  Math.abs(share(like, category, all) - share(other, category, sum)) > 0.01);
        });
  }

  private static double share(Map<String, OutcomeGroup> groups, String category, double all) {
    OutcomeGroup group = groups.get(category);
    return group == null ? 0 : group.trials() / all;
  }
}
