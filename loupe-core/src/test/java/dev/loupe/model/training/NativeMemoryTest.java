package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
  /** What one step leaves behind would show four hundred times. */
  @Test
  void stepsLeaveNothingBehind() {
    TinyCorpus corpus = TinyCorpus.of(16);
    try (Training state = new Training(Plans.SHAPE, DType.F32, DType.BF16, 2);
        Stepper stepper = new Stepper(state, Plans.OPTIMISATION)) {
      Initialisation.DEFAULT.fill(state.weights(), 1);
      stepper.narrowAll();
      steps(stepper, corpus, 150);
      long before = resident();
      steps(stepper, corpus, 1500);
      long grown = resident() - before;
      // A step makes 200 KB of tensors, 300 MB in all; Java's own memory grows meanwhile, by up to
      // 66 MB
      // when many other tests ran before in the same process.
      assertTrue(grown < 150_000_000, () -> "1500 steps left " + grown + " bytes");
    }
  }

  private static long resident() {
    System.gc();
    return Engine.residentBytes();
  }

  private static void steps(Stepper stepper, TinyCorpus corpus, int count) {
    for (int step = 1; step <= count; step++) {
      stepper.step(corpus, step, 8L * step, 8, 0.5);
      stepper.evaluate(corpus, 8);
    }
  }
}
