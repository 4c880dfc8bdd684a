package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.UnitNames;
import dev.loupe.fault.LoupeException;
import dev.loupe.geometry.AverageLinkage;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Proposes supernodes: the features with the largest predicted effects, grouped by average linkage
 * on how alike the directions are that they write and the effects that they have on each target
 * (Ameisen et al. 2025 group by hand). The same graph gives the same groups.
 */
final class Supernodes {
  /** Features that are grouped at most. */
  private static final int MOST = 60;

  /** Groups are joined while they are at least this alike on average. */
  private static final double ALIKE = 0.35;

  /** Layers that one group may reach across: what lies further apart is another step. */
  private static final int SPAN = 2;

  /** So unlike are two features of layers further apart that no group holds both. */
  private static final double APART = -1e6;

  private static final int NAMED = 2;

  private final AttributionGraph graph;
  private final PrunedGraph pruned;
  private final double[] effects;
  private final Map<Integer, TraceReport.Meaning> meanings;
  private final int layers;
  private final List<String> tokens;

  /**
   * @param effects predicted, by node
   * @param meanings of the features that may be grouped
   * @param layers of the model
   * @param tokens of the prompt, as text
   */
  Supernodes(
      AttributionGraph graph,
      PrunedGraph pruned,
      double[] effects,
      Map<Integer, TraceReport.Meaning> meanings,
      int layers,
      List<String> tokens) {
    this.graph = graph;
    this.pruned = pruned;
    this.effects = effects.clone();
    this.meanings = meanings;
    this.layers = layers;
    this.tokens = List.copyOf(tokens);
  }

  /** The features that are grouped: those that support the answer, strongest first. */
  static List<Integer> candidates(AttributionGraph graph, double[] effects) {
    return IntStream.range(0, effects.length)
        .filter(node -> graph.nodes().get(node) instanceof Node.Feature && effects[node] < 0)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer node) -> effects[node]))
        .limit(MOST)
        .toList();
  }

  /**
   * Groups of at least two features, the largest predicted effect first.
   *
   * @param writes what each candidate adds to the stream, over all places that it writes to
   */
  List<Supernode> propose(List<Integer> candidates, List<double[]> writes) {
    int count = candidates.size();
    List<double[]> reaches = candidates.stream().map(this::reaches).toList();
    double[][] alike = new double[count][count];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < i; j++) {
        boolean isNear = Math.abs(layer(candidates.get(i)) - layer(candidates.get(j))) <= SPAN;
        alike[i][j] =
            !isNear
                ? APART
                : (AverageLinkage.cosine(writes.get(i), writes.get(j))
                        + AverageLinkage.cosine(reaches.get(i), reaches.get(j)))
                    / 2;
        alike[j][i] = alike[i][j];
      }
    }
    return AverageLinkage.groups(alike, ALIKE).stream()
        .filter(group -> group.size() > 1)
        .map(group -> group.stream().map(candidates::get).toList())
        .map(members -> of(name(members), members))
        .sorted(Comparator.comparingDouble(Supernode::effect))
        .collect(Collectors.collectingAndThen(Collectors.toList(), Supernodes::distinct));
  }

  /**
   * Groups of a person's own, in their order.
   *
   * @param names how their units may be spelt
   * @throws LoupeException if one names a unit that is not listed
   */
  List<Supernode> given(List<NamedUnits> groups, UnitNames names) {
    Map<FeatureAt, Integer> listed = new HashMap<>();
    for (int node = 0; node < graph.nodes().size(); node++) {
      if (graph.nodes().get(node) instanceof Node.Feature feature) {
        listed.put(feature.address(), node);
      }
    }
    return groups.stream()
        .map(group ->
            of(
                group.name(),
                group.units().stream()
                    .map(unit -> {
                      Integer node = listed.get(names.numbered(unit));
                      if (node == null) {
                        throw LoupeException.badInput(
                            "the supernode “%s” names %s, which this trace does not list"
                                .formatted(group.name(), unit),
                            "Take units that it lists, or raise `maxNodes`.");
                      }
                      return node;
                    })
                    .toList()))
        .toList();
  }

  /** Names that are used twice get numbers. */
  private static List<Supernode> distinct(List<Supernode> all) {
    Map<String, Integer> used = new HashMap<>();
    return all.stream()
        .map(each -> {
          int count = used.merge(each.name(), 1, Integer::sum);
          return count == 1 ? each : each.named(each.name() + " " + count);
        })
        .toList();
  }

  private int layer(int node) {
    return ((Node.Feature) graph.nodes().get(node)).layer();
  }

  /** A group of given members. */
  Supernode of(String name, List<Integer> members) {
    List<Integer> sorted =
        members.stream().sorted(Comparator.comparingDouble(node -> effects[node])).toList();
    int[] layers = sorted.stream().mapToInt(this::layer).sorted().toArray();
    return new Supernode(
        name,
        sorted,
        new Supernode.Layers(layers[0], layers[layers.length - 1]),
        sorted.stream().mapToDouble(pruned::share).sum(),
        sorted.stream().mapToDouble(node -> effects[node]).sum(),
        Double.NaN);
  }

  /** What a feature does to the answer through each target that it has an edge to. */
  private double[] reaches(int source) {
    double[] reaches = new double[graph.nodes().size()];
    for (int target = 0; target < reaches.length; target++) {
      if (graph.edges().isTarget(target)) {
        Node node = graph.nodes().get(target);
        double slope = node instanceof Node.Logit ? 1 : -effects[target] / Node.targetValue(node);
        reaches[target] = slope * graph.edges().weight(target, source);
      }
    }
    return reaches;
  }

  /**
   * What its members read most in the first third of the layers, where a direct way to the logits
   * says little; further up the words that they promote together most.
   */
  private String name(List<Integer> members) {
    return members.stream().allMatch(member -> layer(member) <= layers / 3)
        ? "reads “" + read(members) + "”"
        : promoted(members);
  }

  private String read(List<Integer> members) {
    double[] byPosition = new double[tokens.size()];
    for (int source = 0; source < graph.nodes().size(); source++) {
      if (graph.nodes().get(source) instanceof Node.Token token) {
        for (int member : members) {
          byPosition[token.position()] +=
              Math.abs(graph.edges().weight(member, source) * effects[member]);
        }
      }
    }
    int most =
        IntStream.range(0, byPosition.length)
            .boxed()
            .max(Comparator.comparingDouble(position -> byPosition[position]))
            .orElse(0);
    return tokens.get(most).strip();
  }

  private String promoted(List<Integer> members) {
    Map<String, Double> weights = new HashMap<>();
    for (int member : members) {
      for (TraceReport.TokenWeight word :
          meanings.getOrDefault(member, TraceReport.Meaning.NONE).promotes()) {
        if (TraceReport.isWord(word.text())) {
          weights.merge(word.text().strip(), word.weight(), Double::sum);
        }
      }
    }
    List<String> words =
        weights.entrySet().stream()
            .sorted(
                Map.Entry.<String, Double>comparingByValue()
                    .reversed()
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(NAMED)
            .map(Map.Entry::getKey)
            .toList();
    return words.isEmpty() ? "no word" : String.join(", ", words);
  }
}
