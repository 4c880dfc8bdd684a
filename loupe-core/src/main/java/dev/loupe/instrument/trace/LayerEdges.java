package dev.loupe.instrument.trace;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Selects which features of one layer are listed, among those whose edges its {@link EdgeSource}
 * has read, and writes their edges into the rows.
 */
final class LayerEdges {
  private final int layer;
  private final EdgeSource source;
  private final MassProfile profile;
  private final List<TargetRow> rows;
  private final double[] rates;
  private double[] listedFlows = new double[0];

  /** Rows whose sums over this layer are in their remainders. */
  LayerEdges(int layer, EdgeSource source, MassProfile profile, List<TargetRow> rows) {
    this.layer = layer;
    this.source = source;
    this.profile = profile;
    this.rows = rows;
    this.rates = rows.stream().mapToDouble(this::rate).toArray();
  }

  /**
   * Flow that a row sends down for each unit of an edge's magnitude, by the estimate of its whole
   * mass.
   */
  private double rate(TargetRow row) {
    double total = (row.mass + row.remainderAt(layer, 0)) / profile.shareSeen(layer, row.layer);
    return total == 0 ? 0 : row.flow / total;
  }

  /**
   * Lists features, writes their edges into the rows and takes them out of the remainders.
   *
   * @param inTransit flow that the rows have not spent above this layer
   * @return the listed places, rising
   */
  int[] list(NodeBudget budget, double inTransit) {
    if (budget.listsEverything() && !budget.isGiven()) {
      return listAll();
    }
    double[] landed = new double[rates.length];
    for (int t = 0; t < rates.length; t++) {
      landed[t] = rates[t] * rows.get(t).remainderAt(layer, budget.heldPositions());
    }
    double allLanded = Arrays.stream(landed).sum();
    int quota = quota(budget, allLanded);
    int[] candidates = candidates(budget, quota, landed);
    float[][] edges = source.read(candidates);
    if (!budget.listsNothing()) {
      source.measureCancellation();
    }
    double[] flows = new double[candidates.length];
    for (int t = 0; t < rates.length; t++) {
      for (int i = 0; i < flows.length; i++) {
        flows[i] += rates[t] * Math.abs(edges[t][i]);
      }
    }
    int[] falling =
        IntStream.range(0, flows.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -flows[i]))
            .mapToInt(i -> i)
            .limit(quota)
            .toArray();
    double allowed = budget.leak(allLanded, inTransit);
    double leaked = allLanded;
    int count = 0;
    while (count < falling.length && (budget.listsEverything() || leaked > allowed)) {
      leaked += takeOut(source.position(candidates[falling[count]]), falling[count], edges);
      count++;
    }
    if (!budget.listsEverything()) {
      budget.spend(count, leaked, allowed);
    }
    int[] listed =
        Arrays.stream(falling, 0, count)
            .boxed()
            .sorted(Comparator.comparingInt(i -> candidates[i]))
            .mapToInt(i -> i)
            .toArray();
    for (int t = 0; t < rates.length; t++) {
      float[] kept = new float[count];
      TargetRow row = rows.get(t);
      row.mass += row.remainderAt(layer, 0);
      for (int i = 0; i < count; i++) {
        kept[i] = edges[t][listed[i]];
        row.mass += Math.abs(kept[i]);
      }
      row.features[layer] = kept;
    }
    listedFlows = Arrays.stream(listed).mapToDouble(i -> flows[i]).toArray();
    return Arrays.stream(listed).map(i -> candidates[i]).toArray();
  }

  /** Nothing to choose, and no flow to be told: the edges are taken as they are. */
  private int[] listAll() {
    int[] all = source.places();
    float[][] edges = source.read(all);
    for (int t = 0; t < edges.length; t++) {
      TargetRow row = rows.get(t);
      row.features[layer] = edges[t];
      if (row.node instanceof Node.Logit && t == 0) {
        row.remainderMass[layer] = new float[row.position + 1];
      }
    }
    listedFlows = new double[all.length];
    return all;
  }

  /** Flow on each listed feature, in the order of {@link #list}. */
  double[] listedFlows() {
    return listedFlows;
  }

  private int[] candidates(NodeBudget budget, int quota, double[] landed) {
    if (budget.isGiven()) {
      return budget.given(layer);
    }
    return quota <= 0
        ? new int[0]
        : source.candidates(quota, source.firstAt(budget.heldPositions()), rates, landed);
  }

  /** Takes a feature's edges out of the remainders; returns by how much more flow leaks now. */
  private double takeOut(int position, int candidate, float[][] edges) {
    double more = 0;
    for (int t = 0; t < rates.length; t++) {
      TargetRow row = rows.get(t);
      if (position <= row.position) {
        float edge = edges[t][candidate];
        float before = row.remainder[layer][position];
        row.remainder[layer][position] = before - edge;
        float[] masses = row.remainderMass[layer];
        if (masses != null) {
          masses[position] = Math.max(0, masses[position] - Math.abs(edge));
        }
        more += rates[t] * (Math.abs(before - edge) - Math.abs(before));
      }
    }
    return more;
  }

  /** How many features may be listed here. */
  private int quota(NodeBudget budget, double landed) {
    return budget.listsEverything()
        ? source.size()
        : Math.min(
            source.size() - source.firstAt(budget.heldPositions()),
            budget.quota(landed, profile.landingsFrom(layer, landed)));
  }
}
