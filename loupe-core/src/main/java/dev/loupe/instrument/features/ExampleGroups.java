package dev.loupe.instrument.features;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The examples of a feature under the headings of the field's dashboards. */
public final class ExampleGroups {
  private static final int INTERVALS = 5;
  private static final int MOST_PER_INTERVAL = 5;

  /** How far below zero, as a share of the largest, activations are worth a look. */
  private static final double DEEP = 0.25;

  /**
   * Examples under one heading.
   *
   * @param examples strongest first; lowest first where all are below zero
   */
  public record Group(String name, List<Example> examples) {
    public Group {
      examples = List.copyOf(examples);
    }
  }

  private ExampleGroups() {}

  /**
   * The strongest, then those of each fifth of the range up to the largest that are not among them,
   * then the lowest below zero where those go deep: an activation function with a floor just below
   * zero has every neuron rest there. Empty groups are left out.
   */
  public static List<Group> of(StoredFeature feature) {
    List<Group> groups = new ArrayList<>();
    groups.add(new Group("Top activations", feature.strongest()));
    Set<Long> shown = new HashSet<>();
    feature.strongest().forEach(example -> shown.add(example.index()));
    for (int interval = INTERVALS - 1; interval >= 0; interval--) {
      double low = feature.largest() * interval / INTERVALS;
      double high = feature.largest() * (interval + 1) / INTERVALS;
      String name =
          String.format(
              Locale.ROOT,
              "Interval %.2f – %.2f of the maximum",
              (double) interval / INTERVALS,
              (double) (interval + 1) / INTERVALS);
      groups.add(
          new Group(
              name,
              feature.weaker().stream()
                  .filter(example -> example.activation() > low && example.activation() <= high)
                  .filter(example -> !shown.contains(example.index()))
                  .limit(MOST_PER_INTERVAL)
                  .toList()));
    }
    if (!(-feature.lowest() < DEEP * feature.largest())) {
      groups.add(new Group("Bottom activations", feature.below()));
    }
    return groups.stream().filter(group -> !group.examples().isEmpty()).toList();
  }
}
