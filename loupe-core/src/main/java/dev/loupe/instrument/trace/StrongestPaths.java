package dev.loupe.instrument.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The paths from a token or a position to a logit that carry the most. A path's share is the
 * logit's weight times the product of its edges' shares of their targets' absolute input, so that
 * all paths of a graph, remainder and biases included, sum to the logits' weight.
 *
 * <p>The search grows paths from the logits down and always takes the one whose best completion is
 * largest. What the best completion of a node is worth is known exactly beforehand, from one pass
 * up the graph, so no step is lost on a path that ends low.
 */
public final class StrongestPaths {
  /** Paths grown at most; far above what a few dozen paths through a pruned graph need. */
  private static final int MOST_STEPS = 200_000;

  private final AttributionGraph graph;
  private final PrunedGraph pruned;
  private final NodeInfluence flow;
  private final List<List<PrunedGraph.Edge>> inputs = new ArrayList<>();
  private final double[] best;

  /**
   * A path.
   *
   * @param nodes from the token or position to the logit
   * @param share of all explained flow
   * @param sign 1 if the path pushes the logit up, −1 if down
   * @param through the node that the path represents, its most influential neuron where it has one
   */
  public record Path(List<Integer> nodes, double share, int sign, int through) {
    public Path {
      nodes = List.copyOf(nodes);
    }
  }

  /** A path that is not finished at its lower end. */
  private record Partial(int node, List<Integer> above, double share, double bound) {}

  private StrongestPaths(AttributionGraph graph, PrunedGraph pruned) {
    this.graph = graph;
    this.pruned = pruned;
    this.flow = new NodeInfluence(graph);
    graph.nodes().forEach(_ -> inputs.add(new ArrayList<>()));
    pruned.edges().forEach(edge -> inputs.get(edge.target()).add(edge));
    this.best = bestCompletions();
  }

  /** The {@code count} strongest paths along shown edges, strongest first. */
  public static List<Path> of(AttributionGraph graph, PrunedGraph pruned, int count) {
    return new StrongestPaths(graph, pruned).search(count);
  }

  /**
   * The strongest path through each of the most influential neurons, until there are {@code count}:
   * in a dense graph the strongest paths as such are all short ones, while most of the answer runs
   * through neurons further up.
   */
  public static List<Path> throughEach(AttributionGraph graph, PrunedGraph pruned, int count) {
    return new StrongestPaths(graph, pruned).throughEach(count);
  }

  private List<Path> throughEach(int count) {
    int[] above = new int[best.length];
    double[] shares = bestFromLogits(above);
    List<Integer> neurons =
        IntStream.range(0, best.length)
            .filter(node -> graph.nodes().get(node) instanceof Node.Feature)
            .filter(node -> shares[node] * best[node] > 0)
            .boxed()
            .sorted(Comparator.comparingDouble(node -> -pruned.influence(node)))
            .toList();
    Set<Integer> covered = new HashSet<>();
    List<Path> found = new ArrayList<>();
    for (int neuron : neurons) {
      if (found.size() < count && !covered.contains(neuron)) {
        List<Integer> nodes = down(neuron);
        for (int node = neuron; above[node] >= 0; node = above[node]) {
          nodes.add(above[node]);
        }
        covered.addAll(nodes);
        found.add(new Path(nodes, shares[neuron] * best[neuron], sign(graph, nodes), neuron));
      }
    }
    return found.isEmpty() ? search(count) : found;
  }

  /** The strongest way from a start up to the node, the node last. */
  private List<Integer> down(int node) {
    List<Integer> nodes = new ArrayList<>(List.of(node));
    while (!isStart(graph.nodes().get(nodes.getLast()))) {
      nodes.add(
          inputs.get(nodes.getLast()).stream()
              .max(Comparator.comparingDouble(edge -> edge.share() * best[edge.source()]))
              .orElseThrow()
              .source());
    }
    return new ArrayList<>(nodes.reversed());
  }

  /**
   * The largest product of weight and shares on the way from a logit down to each node, and the
   * node above on it.
   */
  private double[] bestFromLogits(int[] above) {
    double[] shares = flow.weights().clone();
    Arrays.fill(above, -1);
    for (int target : flow.targets()) {
      for (PrunedGraph.Edge edge : inputs.get(target)) {
        if (shares[target] * edge.share() > shares[edge.source()]) {
          shares[edge.source()] = shares[target] * edge.share();
          above[edge.source()] = target;
        }
      }
    }
    return shares;
  }

  /**
   * Whether a path pushes its end up, 1, or down, −1. An edge says what its source adds to its
   * target's value; the target passes on in proportion to that value, so the effect on what lies
   * above changes sign where the value is negative.
   *
   * @param nodes from any node to a logit
   */
  public static int sign(AttributionGraph graph, List<Integer> nodes) {
    double sign = 1;
    for (int i = 1; i < nodes.size(); i++) {
      sign *= Math.signum(graph.edges().weight(nodes.get(i), nodes.get(i - 1)));
      if (i < nodes.size() - 1) {
        sign *= Math.signum(Node.targetValue(graph.nodes().get(nodes.get(i))));
      }
    }
    return sign < 0 ? -1 : 1;
  }

  private List<Path> search(int count) {
    PriorityQueue<Partial> open =
        new PriorityQueue<>(
            Comparator.comparingDouble((Partial path) -> -path.bound())
                .thenComparing(path -> path.above().toString())
                .thenComparingInt(Partial::node));
    for (int node = 0; node < best.length; node++) {
      double weight = flow.weights()[node];
      if (weight * best[node] > 0) {
        open.add(new Partial(node, List.of(), weight, weight * best[node]));
      }
    }
    List<Path> found = new ArrayList<>();
    for (int step = 0; step < MOST_STEPS && found.size() < count && !open.isEmpty(); step++) {
      Partial path = open.remove();
      List<Integer> nodes = new ArrayList<>(List.of(path.node()));
      nodes.addAll(path.above());
      if (isStart(graph.nodes().get(path.node()))) {
        found.add(new Path(nodes, path.share(), sign(graph, nodes), mostInfluential(nodes)));
      } else {
        inputs.get(path.node()).forEach(edge -> grow(path, nodes, edge, open));
      }
    }
    return found;
  }

  private int mostInfluential(List<Integer> nodes) {
    return nodes.stream()
        .filter(node -> graph.nodes().get(node) instanceof Node.Feature)
        .max(Comparator.comparingDouble(pruned::influence))
        .orElse(nodes.getFirst());
  }

  private void grow(
      Partial path, List<Integer> nodes, PrunedGraph.Edge edge, PriorityQueue<Partial> open) {
    double share = path.share() * edge.share();
    if (share * best[edge.source()] > 0) {
      open.add(new Partial(edge.source(), nodes, share, share * best[edge.source()]));
    }
  }

  /** The largest product of shares on the way down from each node to a start; 0 if none. */
  private double[] bestCompletions() {
    double[] completions = new double[graph.nodes().size()];
    for (int node = 0; node < completions.length; node++) {
      completions[node] = isStart(graph.nodes().get(node)) ? 1 : 0;
    }
    int[] targets = flow.targets();
    for (int i = targets.length - 1; i >= 0; i--) {
      for (PrunedGraph.Edge edge : inputs.get(targets[i])) {
        double through = edge.share() * completions[edge.source()];
        completions[targets[i]] = Math.max(completions[targets[i]], through);
      }
    }
    return completions;
  }

  private static boolean isStart(Node node) {
    return node instanceof Node.Token || node instanceof Node.PositionEmbedding;
  }
}
