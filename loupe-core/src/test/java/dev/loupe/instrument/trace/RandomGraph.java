package dev.loupe.instrument.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Made-up graphs of every kind of node, for properties that hold in all graphs. */
final class RandomGraph {
  static final int LAYERS = 4;
  static final int POSITIONS = 3;
  private static final int UNITS = 3;

  private RandomGraph() {}

  static AttributionGraph of(long seed) {
    Random random = new Random(seed);
    List<Node> nodes = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int position = 0; position < POSITIONS; position++) {
        for (int unit = 0; unit < UNITS; unit++) {
          float value = (float) random.nextGaussian();
          nodes.add(new Node.Feature(layer, position, unit, value / 2, value, 0.5f));
        }
      }
    }
    for (int position = 0; position < POSITIONS; position++) {
      nodes.add(new Node.Token(position, 10 + position));
    }
    for (int position = 0; position < POSITIONS; position++) {
      nodes.add(new Node.PositionEmbedding(position));
    }
    for (int layer = 0; layer < LAYERS; layer++) {
      nodes.add(new Node.AttentionBias(layer));
      nodes.add(new Node.MlpBias(layer));
    }
    nodes.add(new Node.OwnBias());
    int firstRemainder = nodes.size();
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int position = 0; position < POSITIONS; position++) {
        nodes.add(new Node.Remainder(layer, position, 5));
      }
    }
    int remainders = nodes.size() - firstRemainder;
    nodes.add(new Node.Logit(7, -1, 0.7f, 3, 0.7f));
    nodes.add(new Node.Logit(8, -1, 0.2f, 2, 0.2f));
    float[][] rows = new float[nodes.size()][0];
    float[][] masses = new float[nodes.size()][0];
    for (int target = 0; target < rows.length; target++) {
      if (nodes.get(target) instanceof Node.Feature || nodes.get(target) instanceof Node.Logit) {
        rows[target] = new float[rows.length];
        masses[target] = new float[remainders];
        for (int source = 0; source < rows.length; source++) {
          if (layer(nodes.get(source)) < layer(nodes.get(target)) && random.nextInt(3) > 0) {
            double scale = Math.exp(3 * random.nextGaussian());
            rows[target][source] = (float) (scale * random.nextGaussian());
            if (nodes.get(source) instanceof Node.Remainder) {
              masses[target][source - firstRemainder] =
                  Math.abs(rows[target][source]) * (1 + random.nextFloat());
            }
          }
        }
      }
    }
    return new AttributionGraph(nodes, new EdgeMatrix(rows, masses, firstRemainder));
  }

  /** The layer a node writes in; one layer feeds the next only. */
  static int layer(Node node) {
    return switch (node) {
      case Node.Feature neuron -> neuron.layer();
      case Node.ReconstructionError error -> error.layer();
      case Node.Remainder remainder -> remainder.layer();
      case Node.AttentionBias bias -> bias.layer() - 1;
      case Node.MlpBias bias -> bias.layer();
      case Node.Token _, Node.PositionEmbedding _, Node.EmbeddingBias _, Node.OwnBias _ -> -1;
      case Node.Logit _ -> LAYERS;
    };
  }
}
