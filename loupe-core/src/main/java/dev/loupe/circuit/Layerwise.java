package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Layerwise ablation and pruning: the active features of the last layer and position whose ablation
 * changes the answer, then, for each earlier layer, the features whose ablation changes what was
 * chosen in the layer above. These changes are the edges.
 */
public final class Layerwise {
  private Layerwise() {}

  /**
   * An edge between adjacent layers.
   *
   * @param from the earlier node
   * @param to the later one
   * @param change of its activation when the earlier one is ablated
   */
  public record Edge(FeatureAt from, FeatureAt to, double change) {}

  /** Measures how nodes of the next layer change when nodes of a layer are ablated. */
  @FunctionalInterface
  public interface Changes {
    /** {@code [node][next]}. */
    double[][] of(List<FeatureAt> nodes, List<FeatureAt> next);
  }

  /**
   * What was found.
   *
   * @param nodes chosen, by layer, position and number
   * @param edges between them
   * @param importance of each: of the last layer its share of the |effects|; below what it passes
   *     on of theirs, by |change|
   * @param margin the least distance of a decision from its threshold
   */
  public record Found(
      List<FeatureAt> nodes, List<Edge> edges, Map<FeatureAt, Double> importance, double margin) {
    /**
     * The most important nodes of each layer, by falling importance, until they have a share of the
     * layer's sum.
     */
    public List<FeatureAt> pruned(double share) {
      Map<Integer, List<FeatureAt>> byLayer = new TreeMap<>();
      nodes.forEach(
          node -> byLayer.computeIfAbsent(node.layer(), _ -> new ArrayList<>()).add(node));
      TreeSet<FeatureAt> kept = new TreeSet<>();
      byLayer.forEach((layer, all) -> {
        double total = all.stream().mapToDouble(node -> importance.getOrDefault(node, 0.)).sum();
        double sum = 0;
        for (FeatureAt node :
            all.stream()
                .sorted(
                    Comparator.comparingDouble(
                            (FeatureAt each) -> -importance.getOrDefault(each, 0.))
                        .thenComparing(Comparator.naturalOrder()))
                .toList()) {
          if (sum / total >= share) {
            break;
          }
          kept.add(node);
          sum += importance.getOrDefault(node, 0.);
        }
      });
      return List.copyOf(kept);
    }
  }

  /**
   * Searches.
   *
   * @param layers that have features, rising
   * @param nodes all, by layer, position and number
   * @param effects of the last layer's nodes on the metric when each is ablated, in the order of
   *     {@code nodes}; those of other layers are not read
   * @param scale |m(clean) − m(corrupted)|
   * @param nodeThreshold the least |effect| over the scale
   * @param edgeThreshold the least |change| over the later node's activation
   */
  public static Found search(
      List<Integer> layers,
      List<FeatureAt> nodes,
      PromptRun clean,
      double[] effects,
      double scale,
      double nodeThreshold,
      double edgeThreshold,
      Changes changes) {
    int last = layers.getLast();
    double margin = Double.POSITIVE_INFINITY;
    Map<FeatureAt, Double> strength = new HashMap<>();
    List<FeatureAt> above = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      FeatureAt node = nodes.get(i);
      if (node.layer() == last && node.position() == clean.ids().length - 1 && clean.at(node) > 0) {
        double relative = Math.abs(effects[i]) / scale;
        margin = Math.min(margin, Math.abs(relative - nodeThreshold));
        if (relative >= nodeThreshold) {
          above.add(node);
          strength.put(node, Math.abs(effects[i]));
        }
      }
    }
    TreeSet<FeatureAt> chosen = new TreeSet<>(above);
    Map<FeatureAt, Double> importance = new HashMap<>();
    double total = strength.values().stream().mapToDouble(Double::doubleValue).sum();
    strength.forEach((node, each) -> importance.put(node, each / total));
    List<Edge> edges = new ArrayList<>();
    for (int at = layers.size() - 2; at >= 0; at--) {
      int layer = layers.get(at);
      List<FeatureAt> candidates =
          nodes.stream().filter(node -> node.layer() == layer && clean.at(node) > 0).toList();
      double[][] found = changes.of(candidates, above);
      Map<FeatureAt, Double> into = new HashMap<>();
      List<Edge> between = new ArrayList<>();
      for (int row = 0; row < candidates.size(); row++) {
        for (int column = 0; column < above.size(); column++) {
          double relative = Math.abs(found[row][column]) / clean.at(above.get(column));
          margin = Math.min(margin, Math.abs(relative - edgeThreshold));
          if (relative >= edgeThreshold) {
            between.add(new Edge(candidates.get(row), above.get(column), found[row][column]));
            into.merge(above.get(column), Math.abs(found[row][column]), Double::sum);
          }
        }
      }
      for (Edge edge : between) {
        double share = Math.abs(edge.change()) / into.getOrDefault(edge.to(), 1.);
        importance.merge(edge.from(), importance.getOrDefault(edge.to(), 0.) * share, Double::sum);
      }
      edges.addAll(between);
      above = between.stream().map(Edge::from).distinct().sorted().toList();
      chosen.addAll(above);
    }
    return new Found(List.copyOf(chosen), edges, importance, margin);
  }
}
