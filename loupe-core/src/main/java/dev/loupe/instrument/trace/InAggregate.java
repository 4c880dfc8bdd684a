package dev.loupe.instrument.trace;

import dev.loupe.job.Run;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import java.util.Arrays;
import java.util.List;

/**
 * Where the flow into the answer comes from when what the unlisted units pass on is followed too,
 * in aggregate: the units of a layer that are not listed as one target, which reads what they read
 * in the proportions in which they serve the first explained logit. Nothing ends in them any more,
 * but no single one of them is told. The shares sum to 1.
 *
 * @param tokens flow that starts in the token at each position
 * @param positionShare flow that starts in position embeddings
 * @param biasShare flow that starts in biases of every kind
 * @param heldShare flow that ends in units which are held as constants
 */
@SuppressWarnings("ArrayRecordComponent") // host data of a report, never compared
public record InAggregate(
    double[] tokens, double positionShare, double biasShare, double heldShare) {

  /** Flow that starts in tokens. */
  public double tokenShare() {
    return Arrays.stream(tokens).sum();
  }

  /** Sweeps once more, over the layers' aggregates, and follows them. */
  static InAggregate follow(
      Transformer model,
      FrozenRun frozen,
      LogitTargets targets,
      Swept swept,
      AttributionGraph graph,
      int held,
      Run run) {
    try (var _ = NativeScope.open()) {
      RemainderReads reads =
          new RemainderReads(
              model,
              frozen,
              targets.directions().select(0, 0),
              frozen.length() - 1,
              swept.listed(),
              held);
      NodeBudget listed = NodeBudget.only(swept.listed());
      MassProfile none = MassProfile.flat(model.config().layers());
      List<TargetRow> rows =
          new EdgeSweep(model, frozen, null, listed, none, _ -> run.check()).remainders(reads);
      return of(model.config(), frozen, swept, graph, rows, held);
    }
  }

  /**
   * Follows them.
   *
   * @param reads the rows of the layers' aggregates, from the top layer down
   * @param held positions from the first whose units are constants
   */
  static InAggregate of(
      ModelConfig config,
      FrozenRun run,
      Swept swept,
      AttributionGraph graph,
      List<TargetRow> reads,
      int held) {
    GraphAssembler layout = GraphAssembler.layout(config, run, swept);
    NodeInfluence shares = new NodeInfluence(graph);
    List<Node> nodes = graph.nodes();
    double[] flow = new double[nodes.size()];
    int[] targets = shares.targets();
    int next = 0;
    while (next < targets.length && nodes.get(targets[next]) instanceof Node.Logit) {
      pass(shares, targets[next], shares.weights()[targets[next]], flow);
      next++;
    }
    for (TargetRow row : reads) {
      while (next < targets.length && layer(nodes.get(targets[next])) >= row.layer) {
        pass(shares, targets[next], flow[targets[next]], flow);
        next++;
      }
      double arrived = 0;
      for (int node = 0; node < flow.length; node++) {
        if (nodes.get(node) instanceof Node.Remainder remainder
            && remainder.layer() == row.layer
            && remainder.position() >= held) {
          arrived += flow[node];
          flow[node] = 0;
        }
      }
      float[] weights = layout.weights(row);
      double sum = 0;
      for (float weight : weights) {
        sum += Math.abs(weight);
      }
      for (int node = 0; node < flow.length && arrived > 0 && sum > 0; node++) {
        flow[node] += arrived * Math.abs(weights[node]) / sum;
      }
    }
    return summed(nodes, flow, run.length());
  }

  private static int layer(Node target) {
    return ((Node.Feature) target).layer();
  }

  private static void pass(NodeInfluence shares, int target, double arrived, double[] flow) {
    if (arrived != 0 && shares.rowSums()[target] >= NodeInfluence.SMALLEST_ROW) {
      for (int source = 0; source < flow.length; source++) {
        flow[source] += arrived * shares.share(target, source);
      }
    }
  }

  private static InAggregate summed(List<Node> nodes, double[] flow, int length) {
    double[] tokens = new double[length];
    double positions = 0;
    double biases = 0;
    double held = 0;
    for (int node = 0; node < flow.length; node++) {
      switch (nodes.get(node)) {
        case Node.Token token -> tokens[token.position()] += flow[node];
        case Node.PositionEmbedding _ -> positions += flow[node];
        case Node.EmbeddingBias _, Node.AttentionBias _, Node.MlpBias _, Node.OwnBias _ ->
            biases += flow[node];
        case Node.Remainder _ -> held += flow[node];
        case Node.ReconstructionError _, Node.Feature _, Node.Logit _ -> {}
      }
    }
    double all = Arrays.stream(tokens).sum() + positions + biases + held;
    double whole = all > 0 ? all : 1;
    return new InAggregate(
        Arrays.stream(tokens).map(token -> token / whole).toArray(),
        positions / whole,
        biases / whole,
        held / whole);
  }
}
