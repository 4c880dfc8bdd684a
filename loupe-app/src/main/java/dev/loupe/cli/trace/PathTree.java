package dev.loupe.cli.trace;

import dev.loupe.instrument.trace.AttributionGraph;
import dev.loupe.instrument.trace.StrongestPaths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Paths to a logit, joined where they meet: the logit at the root, its causes below. */
public final class PathTree {
  private PathTree() {}

  /**
   * One line of the drawn tree.
   *
   * @param branch what connects the line to its parent
   * @param node of the graph
   * @param sign whether the node pushes the logit up, 1, or down, −1, on the way drawn; 0 at a root
   */
  record Line(String branch, int node, int sign) {}

  static List<Line> lines(AttributionGraph graph, List<StrongestPaths.Path> paths) {
    List<Line> lines = new ArrayList<>();
    byLast(paths, 0)
        .forEach((logit, through) -> {
          lines.add(new Line("", logit, 0));
          grow(graph, through, 1, "", lines);
        });
    return lines;
  }

  private static void grow(
      AttributionGraph graph,
      List<StrongestPaths.Path> paths,
      int depth,
      String indent,
      List<Line> lines) {
    Map<Integer, List<StrongestPaths.Path>> children = byLast(paths, depth);
    int left = children.size();
    for (Map.Entry<Integer, List<StrongestPaths.Path>> child : children.entrySet()) {
      left--;
      List<Integer> nodes = child.getValue().getFirst().nodes();
      List<Integer> toLogit = nodes.subList(nodes.size() - 1 - depth, nodes.size());
      lines.add(
          new Line(
              indent + (left == 0 ? "└ " : "├ "),
              child.getKey(),
              StrongestPaths.sign(graph, toLogit)));
      grow(graph, child.getValue(), depth + 1, indent + (left == 0 ? "  " : "│ "), lines);
    }
  }

  /** The paths by their node {@code depth} steps before the logit, in their own order. */
  private static Map<Integer, List<StrongestPaths.Path>> byLast(
      List<StrongestPaths.Path> paths, int depth) {
    Map<Integer, List<StrongestPaths.Path>> groups = new LinkedHashMap<>();
    for (StrongestPaths.Path path : paths) {
      int place = path.nodes().size() - 1 - depth;
      if (place >= 0) {
        groups.computeIfAbsent(path.nodes().get(place), _ -> new ArrayList<>()).add(path);
      }
    }
    return groups;
  }
}
