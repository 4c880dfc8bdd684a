package dev.loupe.instrument.trace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One way from a token through supernodes to the answer, for a sentence: of all such ways the one
 * whose links are strongest on average (the geometric mean, so that more steps are no loss), over
 * supernodes that matter.
 *
 * @param position of the token
 * @param supernodes on the way, their numbers in the report, the lowest layer first
 * @param strength the mean share of its input that a step takes from the one before it
 */
public record Story(int position, List<Integer> supernodes, double strength) {
  /** A supernode matters if ablating it takes away at least this share of the probability. */
  private static final double MATTERS = 0.1;

  /** Supernodes that are tried, those that matter most. */
  private static final int MOST = 6;

  public Story {
    supernodes = List.copyOf(supernodes);
  }

  /** The strongest way; one without a supernode has none. */
  static List<Story> of(AttributionGraph graph, List<Supernode> supernodes, double answer) {
    List<Integer> tried =
        IntStream.range(0, supernodes.size())
            .filter(i -> supernodes.get(i).probability() <= (1 - MATTERS) * answer)
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
          ways.add(new Story(token.position(), way, Math.pow(all, 1.0 / (way.size() + 1))));
        }
      }
    }
    return ways.stream()
        .max(Comparator.comparingDouble(Story::strength))
        .filter(story -> story.strength() > 0)
        .stream()
        .toList();
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
