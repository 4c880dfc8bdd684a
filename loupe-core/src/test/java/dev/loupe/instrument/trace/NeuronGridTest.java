package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NeuronGridTest {
  @Test
  void numbersEveryNeuronThatCanActOnce() {
    NeuronGrid grid = new NeuronGrid(3, 4, 5);
    int next = 0;
    for (int layer = 0; layer < 3; layer++) {
      for (int position = layer == 2 ? 3 : 0; position < 4; position++) {
        for (int unit = 0; unit < 5; unit++) {
          assertEquals(next++, grid.index(layer, position, unit));
        }
      }
    }
    assertEquals(next, grid.size());
  }
}
