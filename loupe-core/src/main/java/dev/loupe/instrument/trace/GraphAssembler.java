package dev.loupe.instrument.trace;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.run.FrozenRun;
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
  private final Swept swept;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Node, Integer> indices = new HashMap<>();
  private final List<int[]> remainderAt = new ArrayList<>();
  private final List<Integer> errorLayers = new ArrayList<>();
  private int[][] columns = new int[0][];

  /** Where each kind of node begins. */
  private int errors;

  private int tokens;
  private int positions;
  private int embeddingBias;
  private int attentionBias;
  private int mlpBias;
  private int ownBias;
  private int remainder;
  private int sources;

  private GraphAssembler(ModelConfig config, FrozenRun run, Swept swept) {
    this.config = config;
    this.run = run;
    this.swept = swept;
  }

  static AttributionGraph assemble(ModelConfig config, FrozenRun run, Swept swept) {
    return new GraphAssembler(config, run, swept).graph();
  }

  /** The layout of the graph of a sweep, for rows that were read off later. */
  static GraphAssembler layout(ModelConfig config, FrozenRun run, Swept swept) {
    GraphAssembler assembler = new GraphAssembler(config, run, swept);
    assembler.layOut();
    return assembler;
  }

  private void layOut() {
    swept.rows().stream()
        .filter(row -> row.node instanceof Node.Feature)
        .sorted(Comparator.comparing(row -> (Node.Feature) row.node, BY_PLACE))
        .forEach(row -> nodes.add(row.node));
    errors = nodes.size();
    errorLayers.addAll(errorLayers());
    for (int layer : errorLayers) {
      for (int position = 0; position < run.length(); position++) {
        nodes.add(new Node.ReconstructionError(layer, position));
      }
    }
    tokens = nodes.size();
    int[] ids = run.ids();
    for (int position = 0; position < ids.length; position++) {
      nodes.add(new Node.Token(position, ids[position]));
    }
    positions = nodes.size();
    if (run.positionEmbedding() != null) {
      for (int position = 0; position < ids.length; position++) {
        nodes.add(new Node.PositionEmbedding(position));
      }
    }
    embeddingBias = nodes.size();
    if (swept.rows().stream().anyMatch(row -> row.embeddingBias != 0)) {
      nodes.add(new Node.EmbeddingBias());
    }
    attentionBias = nodes.size();
    for (int layer = 0; layer < config.layers(); layer++) {
      nodes.add(new Node.AttentionBias(layer));
    }
    mlpBias = nodes.size();
    for (int layer = 0; layer < config.layers(); layer++) {
      nodes.add(new Node.MlpBias(layer));
    }
    ownBias = nodes.size();
    nodes.add(new Node.OwnBias());
    remainder = nodes.size();
    addRemainders();
    sources = nodes.size();
    swept.rows().stream()
        .filter(row -> row.node instanceof Node.Logit)
        .forEach(row -> nodes.add(row.node));
    columns = columns();
  }

  private AttributionGraph graph() {
    layOut();
    float[][] rows = new float[nodes.size()][0];
    float[][] masses = new float[nodes.size()][0];
    for (int i = 0; i < nodes.size(); i++) {
      indices.put(nodes.get(i), i);
    }
    for (TargetRow row : swept.rows()) {
      int target = target(row);
      rows[target] = weights(row);
      masses[target] = masses(row);
    }
    return new AttributionGraph(nodes, new EdgeMatrix(rows, masses, remainder));
  }

  /** How many nodes are sources: all but the logits, which are last. */
  int sources() {
    return sources;
  }

  /** The edges into a row, by node. */
  float[] weights(TargetRow row) {
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
    for (int r = 0; r < remainderAt.size(); r++) {
      float[] reached = row.remainder[remainderAt.get(r)[0]];
      int position = remainderAt.get(r)[1];
      weights[remainder + r] = position < reached.length ? reached[position] : 0;
    }
    return weights;
  }

  private float[] masses(TargetRow row) {
    boolean measured = Arrays.stream(row.remainderMass).anyMatch(Objects::nonNull);
    float[] mass = new float[measured ? remainderAt.size() : 0];
    for (int r = 0; r < mass.length; r++) {
      float[] unlisted = row.remainderMass[remainderAt.get(r)[0]];
      int position = remainderAt.get(r)[1];
      mass[r] = unlisted != null && position < unlisted.length ? unlisted[position] : 0;
    }
    return mass;
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

  /** The indices of the listed features of each layer among the nodes. */
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
