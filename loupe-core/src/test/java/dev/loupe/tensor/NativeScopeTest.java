package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NativeScopeTest {
  @Test
  void whatIsGivenBackIsFreedBeforeTheEnclosingScopeCloses() {
    try (var _ = NativeScope.open()) {
      Tensor stream = Tensor.zeros(DType.F32, 4);
      Tensor first = stream;
      for (int step = 0; step < 3; step++) {
        Tensor before = stream;
        try (var scope = NativeScope.open()) {
          stream = scope.keep(before.plus(1));
          if (step > 0) {
            scope.giveBack(before);
            assertTrue(before.pointer().isNull(), "still held at step " + step);
          }
        }
      }
      assertArrayEquals(new float[] {3, 3, 3, 3}, stream.toFloats());
      assertArrayEquals(new float[4], first.toFloats());
    }
  }

  @Test
  void whatSomebodyRetainedSurvivesBeingGivenBack() {
    Tensor retained;
    try (var _ = NativeScope.open()) {
      try (var scope = NativeScope.open()) {
        retained = scope.keep(Tensor.zeros(DType.F32, 2).plus(5));
        retained.retain();
        scope.giveBack(retained);
      }
    }
    assertEquals(5, retained.select(0, 1).item());
    retained.close();
  }

  @Test
  void withoutAnEnclosingScopeTheCallerGivesBackWhatItOwns() {
    Tensor kept;
    try (var scope = NativeScope.open()) {
      kept = scope.keep(Tensor.zeros(DType.F32, 2).plus(1));
      scope.giveBack(kept);
      assertEquals(1, kept.select(0, 0).item(), "its own scope still holds it");
    }
    assertTrue(kept.pointer().isNull());
  }
}
