package dev.loupe.instrument.trace;

import dev.loupe.model.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Puts the rows of a sweep into one graph, in the order that {@link AttributionGraph} promises. */
final class GraphAssembler {
  private final ModelConfig config;
  private final FrozenRun run;
  private final EdgeSweep.Swept swept;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Node, Integer> indices = new HashMap<>();
  private final List<int[]> remainderAt = new ArrayList<>();

  private GraphAssembler(ModelConfig config, FrozenRun run, EdgeSweep.Swept swept) {
    this.config = config;
    this.run = run;
    this.swept = swept;
  }

  static AttributionGraph assemble(ModelConfig config, FrozenRun run, EdgeSweep.Swept swept) {
    return new GraphAssembler(config, run, swept).graph();
  }

  private AttributionGraph graph() {
    List<TargetRow> features =
        swept.rows().stream()
            .filter(row -> row.node instanceof Node.Feature)
            .sorted(Comparator.comparing(row -> (Node.Feature) row.node, BY_PLACE))
            .toList();
    List<TargetRow> logits =
        swept.rows().stream().filter(row -> row.node instanceof Node.Logit).toList();
    features.forEach(row -> nodes.add(row.node));
    int errors = nodes.size();
    List<Integer> errorLayers = errorLayers();
    for (int layer : errorLayers) {
      for (int position = 0; position < run.length(); position++) {
        nodes.add(new Node.ReconstructionError(layer, position));
      }
    }
    int tokens = nodes.size();
    int[] ids = run.ids();
    for (int position = 0; position < ids.length; position++) {
      nodes.add(new Node.Token(position, ids[position]));
    }
    int positions = nodes.size();
    if (run.positionEmbedding() != null) {
      for (int position = 0; position < ids.length; position++) {
        nodes.add(new Node.PositionEmbedding(position));
      }
    }
    int embeddingBias = nodes.size();
    if (swept.rows().stream().anyMatch(row -> row.embeddingBias != 0)) {
      nodes.add(new Node.EmbeddingBias());
    }
    int attentionBias = nodes.size();
    for (int layer = 0; layer < config.layers(); layer++) {
      nodes.add(new Node.AttentionBias(layer));
    }
    int mlpBias = nodes.size();
    for (int layer = 0; layer < config.layers(); layer++) {
      nodes.add(new Node.MlpBias(layer));
    }
    int ownBias = nodes.size();
    nodes.add(new Node.OwnBias());
    int remainder = nodes.size();
    addRemainders();
    logits.forEach(row -> nodes.add(row.node));

    float[][] rows = new float[nodes.size()][0];
    float[][] masses = new float[nodes.size()][0];
    int[][] columns = columns();
    for (int i = 0; i < nodes.size(); i++) {
      indices.put(nodes.get(i), i);
    }
    for (TargetRow row : swept.rows()) {
      int target = target(row);
      float[] weights = new float[nodes.size()];
      for (int layer = 0; layer < config.layers(); layer++) {
        weights[attentionBias + layer] = row.attentionBias[layer];
        weights[mlpBias + layer] = row.mlpBias[layer];
        for (int i = 0; i < row.features[layer].length; i++) {
          weights[columns[layer][i]] = row.features[layer][i];
        }
      }
      for (int i = 0; i < errorLayers.size(); i++) {
        float[] reached = row.errors[errorLayers.get(i)];
        System.arraycopy(reached, 0, weights, errors + i * run.length(), reached.length);
      }
      System.arraycopy(row.tokens, 0, weights, tokens, row.tokens.length);
      System.arraycopy(row.positions, 0, weights, positions, row.positions.length);
      if (attentionBias > embeddingBias) {
        weights[embeddingBias] = row.embeddingBias;
      }
      weights[ownBias] = row.ownBias;
      boolean measured = Arrays.stream(row.remainderMass).anyMatch(Objects::nonNull);
      float[] mass = new float[measured ? remainderAt.size() : 0];
      for (int r = 0; r < remainderAt.size(); r++) {
        int layer = remainderAt.get(r)[0];
        int position = remainderAt.get(r)[1];
        if (position < row.remainder[layer].length) {
          weights[remainder + r] = row.remainder[layer][position];
          float[] unlisted = row.remainderMass[layer];
          if (unlisted != null) {
            mass[r] = unlisted[position];
          }
        }
      }
      rows[target] = weights;
      masses[target] = mass;
    }
    return new AttributionGraph(nodes, new EdgeMatrix(rows, masses, remainder));
  }

  private static final Comparator<Node.Feature> BY_PLACE =
      Comparator.comparingInt(Node.Feature::layer)
          .thenComparingInt(Node.Feature::position)
          .thenComparingInt(Node.Feature::unit);

  /** Layers that leave errors: those of a dictionary. */
  private List<Integer> errorLayers() {
    return IntStream.range(0, config.layers())
        .filter(layer -> swept.rows().stream().anyMatch(row -> row.errors[layer].length > 0))
        .boxed()
        .toList();
  }

  private int target(TargetRow row) {
    Integer index = indices.get(row.node);
    if (index == null) {
      throw new IllegalStateException("no node for " + row.node);
    }
    return index;
  }

  /** Where the listed features of each layer stand among the nodes. */
  private int[][] columns() {
    int[][] columns = new int[config.layers()][];
    int next = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      columns[layer] = new int[swept.listed()[layer].length];
      for (int i = 0; i < columns[layer].length; i++) {
        columns[layer][i] = next++;
      }
    }
    return columns;
  }

  /** One for each layer and position where some feature is not listed. */
  private void addRemainders() {
    for (int layer = 0; layer < config.layers(); layer++) {
      for (int position = 0; position < run.length(); position++) {
        int units = swept.unlisted()[layer][position];
        if (units > 0) {
          nodes.add(new Node.Remainder(layer, position, units));
          remainderAt.add(new int[] {layer, position});
        }
      }
    }
  }
}
