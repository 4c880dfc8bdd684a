package dev.loupe.instrument.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which shown neurons of one layer and position act together: those whose edges into the shown
 * targets point the same way. Each edge counts as its signed share of its target's input, so that
 * targets of large values do not dominate. Groups merge pairwise, closest first, as long as every
 * two members have at least the stated cosine: opposite neurons never share a group.
 */
public final class NodeGroups {
  private final AttributionGraph graph;
  private final double[][] vectors;
  private final double smallestCosine;

  private NodeGroups(AttributionGraph graph, PrunedGraph pruned, double smallestCosine) {
    this.graph = graph;
    this.smallestCosine = smallestCosine;
    NodeInfluence flow = new NodeInfluence(graph);
    int[] targets = Arrays.stream(flow.targets()).filter(pruned::shows).toArray();
    this.vectors = new double[graph.nodes().size()][];
    for (int node = 0; node < vectors.length; node++) {
      boolean isMember = graph.nodes().get(node) instanceof Node.Feature && pruned.shows(node);
      vectors[node] = isMember ? direction(flow, targets, node) : new double[0];
    }
  }

  /**
   * Groups of at least two neurons, by their first node.
   *
   * @param smallestCosine that any two members have, above 0 and at most 1
   */
  public static List<List<Integer>> of(
      AttributionGraph graph, PrunedGraph pruned, double smallestCosine) {
    if (!(smallestCosine > 0 && smallestCosine <= 1)) {
      throw new IllegalArgumentException("cosine " + smallestCosine + " is not in (0, 1]");
    }
    return new NodeGroups(graph, pruned, smallestCosine).groups();
  }

  private List<List<Integer>> groups() {
    Map<List<Integer>, List<List<Integer>>> places =
        new TreeMap<>(
            Comparator.comparing((List<Integer> place) -> place.get(0))
                .thenComparing(place -> place.get(1)));
    for (int node = 0; node < vectors.length; node++) {
      if (vectors[node].length > 0 && graph.nodes().get(node) instanceof Node.Feature neuron) {
        places
            .computeIfAbsent(List.of(neuron.layer(), neuron.position()), _ -> new ArrayList<>())
            .add(List.of(node));
      }
    }
    return places.values().stream()
        .flatMap(singles -> merge(singles).stream())
        .filter(group -> group.size() > 1)
        .sorted(Comparator.comparing(List::getFirst))
        .toList();
  }

  private List<List<Integer>> merge(List<List<Integer>> singles) {
    List<List<Integer>> groups = new ArrayList<>(singles);
    Optional<Pair> closest = closest(groups);
    while (closest.isPresent()) {
      Pair pair = closest.get();
      List<Integer> joined = new ArrayList<>(groups.get(pair.first()));
      joined.addAll(groups.get(pair.second()));
      joined.sort(Comparator.naturalOrder());
      groups.remove(pair.second());
      groups.set(pair.first(), joined);
      closest = closest(groups);
    }
    return groups;
  }

  private record Pair(int first, int second, double cosine) {}

  /** The pair whose least alike members are most alike, if alike enough; the first of equals. */
  private Optional<Pair> closest(List<List<Integer>> groups) {
    Optional<Pair> closest = Optional.empty();
    double most = Math.nextDown(smallestCosine);
    for (int first = 0; first < groups.size(); first++) {
      for (int second = first + 1; second < groups.size(); second++) {
        double cosine = leastCosine(groups.get(first), groups.get(second));
        if (cosine > most) {
          most = cosine;
          closest = Optional.of(new Pair(first, second, cosine));
        }
      }
    }
    return closest;
  }

  private double leastCosine(List<Integer> left, List<Integer> right) {
    double least = 1;
    for (int one : left) {
      for (int other : right) {
        double cosine = 0;
        for (int i = 0; i < vectors[one].length; i++) {
          cosine += vectors[one][i] * vectors[other][i];
        }
        least = Math.min(least, cosine);
      }
    }
    return least;
  }

  /** Of length 1, or empty if the node has no edge into a shown target. */
  private double[] direction(NodeInfluence flow, int[] targets, int node) {
    double[] vector = new double[targets.length];
    double squares = 0;
    for (int i = 0; i < targets.length; i++) {
      vector[i] =
          Math.copySign(flow.share(targets[i], node), graph.edges().weight(targets[i], node));
      squares += vector[i] * vector[i];
    }
    if (squares == 0) {
      return new double[0];
    }
    double length = Math.sqrt(squares);
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= length;
    }
    return vector;
  }
}
