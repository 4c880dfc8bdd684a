package dev.loupe.instrument.trace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A way from a token through supernodes to the answer. Its strength is that of its links on average
 * (the geometric mean, so that more steps are no loss, where a product of shares prefers the
 * shortest way).
 *
 * @param position of the token
 * @param supernodes on the way, their numbers in the report, the lowest layer first
 * @param strength the mean share of its input that a step takes from the one before it
 * @param matters whether ablating any of its supernodes takes away a tenth of the probability
 */
public record Story(int position, List<Integer> supernodes, double strength, boolean matters) {
  /** A supernode matters if ablating it takes away at least this share of the probability. */
  private static final double MATTERS = 0.1;

  /** Supernodes that are tried, those that matter most. */
  private static final int MOST = 8;

  private static final int TOLD = 5;

  public Story {
    supernodes = List.copyOf(supernodes);
  }

  /** The strongest ways, the strongest first; none of them is a part of another. */
  static List<Story> of(AttributionGraph graph, List<Supernode> supernodes, double answer) {
    List<Integer> tried =
        IntStream.range(0, supernodes.size())
            .boxed()
            .sorted(Comparator.comparingDouble(i -> supernodes.get(i).probability()))
            .limit(MOST)
            .sorted(
                Comparator.comparingInt((Integer i) -> supernodes.get(i).layers().first())
                    .thenComparingInt(i -> supernodes.get(i).layers().last()))
            .toList();
    NodeInfluence flow = new NodeInfluence(graph);
    int logit = graph.nodes().indexOf(firstLogit(graph));
    List<Story> ways = new ArrayList<>();
    for (int choice = 1; choice < 1 << tried.size(); choice++) {
      List<Integer> way = new ArrayList<>();
      for (int i = 0; i < tried.size(); i++) {
        if ((choice >> i & 1) == 1) {
          way.add(tried.get(i));
        }
      }
      double product = 1;
      for (int i = 0; i < way.size(); i++) {
        List<Integer> next =
            i + 1 < way.size() ? supernodes.get(way.get(i + 1)).members() : List.of(logit);
        product *= link(flow, supernodes.get(way.get(i)).members(), next);
      }
      for (int node = 0; node < graph.nodes().size(); node++) {
        if (graph.nodes().get(node) instanceof Node.Token token) {
          double all =
              product * link(flow, List.of(node), supernodes.get(way.getFirst()).members());
          boolean matters =
              way.stream().allMatch(i -> supernodes.get(i).probability() <= (1 - MATTERS) * answer);
          ways.add(
              new Story(token.position(), way, Math.pow(all, 1.0 / (way.size() + 1)), matters));
        }
      }
    }
    ways.sort(Comparator.comparingDouble(Story::strength).reversed());
    List<Story> told = new ArrayList<>();
    for (Story way : ways) {
      if (told.size() < TOLD && way.strength() > 0 && told.stream().noneMatch(way::isLike)) {
        told.add(way);
      }
    }
    // What is told in a sentence should be there, even where other ways are stronger.
    Optional<Story> first =
        ways.stream().filter(way -> way.matters && way.strength > 0).findFirst();
    if (first.isPresent() && told.stream().noneMatch(Story::matters)) {
      told.set(told.size() - 1, first.get());
    }
    return List.copyOf(told);
  }

  /** Whether one of two ways from the same token is a part of the other. */
  private boolean isLike(Story other) {
    return position == other.position
        && (supernodes.containsAll(other.supernodes) || other.supernodes.containsAll(supernodes));
  }

  private static Node firstLogit(AttributionGraph graph) {
    return graph.nodes().stream().filter(Node.Logit.class::isInstance).findFirst().orElseThrow();
  }

  /** The mean share of the absolute input of some nodes that comes from others. */
  private static double link(NodeInfluence flow, List<Integer> from, List<Integer> to) {
    double sum = 0;
    for (int target : to) {
      for (int source : from) {
        sum += flow.share(target, source);
      }
    }
    return sum / to.size();
  }
}
