package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;

/** Compares dictionaries, whatever their layouts. */
public final class SameDictionary {
  private SameDictionary() {}

  /** The same values in the same element types at the same places, and the same model. */
  public static void assertSame(Dictionary expected, Dictionary actual) {
    assertEquals(expected.info().modelName(), actual.info().modelName());
    assertEquals(expected.info().modelSha256(), actual.info().modelSha256());
    assertEquals(expected.layers(), actual.layers());
    for (int layer : expected.layers()) {
      DictionaryLayer one = expected.parts(layer);
      DictionaryLayer other = actual.parts(layer);
      assertEquals(one.reads(), other.reads());
      assertEquals(expected.writes(layer), actual.writes(layer));
      assertEquals(one.centred(), other.centred());
      assertEquals(one.selection().getClass(), other.selection().getClass());
      assertEquals(one.skip().isPresent(), other.skip().isPresent());
      if (one.selection() instanceof Selection.JumpRelu(StoredTensor mine)
          && other.selection() instanceof Selection.JumpRelu(StoredTensor theirs)) {
        assertArrayEquals(mine.toFloats(), theirs.toFloats());
      } else {
        assertEquals(one.selection(), other.selection());
      }
      try (var _ = NativeScope.open()) {
        assertSame(one.encoder(), other.encoder());
        for (int i = 0; i < one.writes().size(); i++) {
          assertSame(one.writes().get(i).decoder(), other.writes().get(i).decoder());
        }
      }
      assertArrayEquals(one.encoderBias().toFloats(), other.encoderBias().toFloats());
      assertArrayEquals(one.outputBias().toFloats(), other.outputBias().toFloats());
      if (one.skip().isPresent()) {
        assertArrayEquals(
            one.skip().orElseThrow().toFloats(), other.skip().orElseThrow().toFloats());
      }
    }
  }

  private static void assertSame(StoredRows one, StoredRows other) {
    assertEquals(one.tensor().dtype(), other.tensor().dtype());
    assertArrayEquals(one.view().toFloats(), other.view().toFloats());
  }

  /** The same function: activations and reconstructions agree to a tolerance. */
  public static void assertSameFunction(Dictionary expected, Dictionary actual, double tolerance) {
    assertEquals(expected.layers(), actual.layers());
    try (var _ = NativeScope.open()) {
      Tensor input = new RandomDictionary(99, DType.F32).input(6).to(DType.F64);
      for (int layer : expected.layers()) {
        assertArrayEquals(
            reconstruction(expected, layer, input),
            reconstruction(actual, layer, input),
            tolerance);
      }
    }
  }

  private static double[] reconstruction(Dictionary dictionary, int layer, Tensor input) {
    Dictionary exact = dictionary.computingIn(DType.F64);
    return exact.reconstruct(layer, source -> exact.encode(source, input), input).toDoubles();
  }
}
