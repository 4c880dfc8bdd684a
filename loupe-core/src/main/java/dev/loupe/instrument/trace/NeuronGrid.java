package dev.loupe.instrument.trace;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelConfig;

/**
 * The MLP neurons of a run that can act on what follows its last token, numbered by (layer,
 * position, unit): those of every position, but in the last layer of the last position alone, since
 * nothing reads the others.
 *
 * @param layers of the model
 * @param positions of the run
 * @param units neurons in one layer at one position
 */
public record NeuronGrid(int layers, int positions, int units) {
  static NeuronGrid of(ModelConfig config, int positions) {
    if (!config.mixtures().isEmpty()) {
      throw LoupeException.badInput(
          "every neuron of a mixture of experts cannot be ablated: most experts are not run",
          "Ablate the neurons that a trace lists.");
    }
    NeuronGrid grid = new NeuronGrid(config.layers(), positions, config.dMlp());
    Math.multiplyExact(Math.multiplyExact(grid.layers, grid.positions), grid.units);
    return grid;
  }

  /** How many neurons. */
  public int size() {
    return ((layers - 1) * positions + 1) * units;
  }

  /** The first position whose neurons of this layer can act. */
  public int firstPosition(int layer) {
    return layer < layers - 1 ? 0 : positions - 1;
  }

  /** The number of a neuron that can act. */
  public int index(int layer, int position, int unit) {
    return (layer * positions + position - firstPosition(layer)) * units + unit;
  }

  int index(Node.Feature neuron) {
    return index(neuron.layer(), neuron.position(), neuron.unit());
  }
}
