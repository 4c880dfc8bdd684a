package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Closed forms of the factors of one map. */
class MapFactorsTest {
  private static final int IN = 4;
  private static final int OUT = 3;

  private static Tensor random(long seed, long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return Tensor.of(new Random(seed).doubles(count, -1, 1).toArray(), shape);
  }

  private static Tensor basis(int size) {
    Tensor any = random(size, size, size);
    return Eigen.of(any.plus(any.transpose(0, 1))).vectors();
  }

  @Test
  void eigenvectorsRebuildTheMatrix() {
    try (var _ = NativeScope.open()) {
      Tensor any = random(1, 5, 5);
      Tensor symmetric = any.plus(any.transpose(0, 1));
      Eigen eigen = Eigen.of(symmetric);
      Tensor rebuilt =
          eigen.vectors().times(eigen.values()).matmul(eigen.vectors().transpose(0, 1));
      assertArrayEquals(symmetric.toDoubles(), rebuilt.contiguous().toDoubles(), 1e-12);
    }
  }

  @Test
  void equalCurvatureOnlyScales() {
    try (var _ = NativeScope.open();
        MapFactors factors =
            MapFactors.retain(
                basis(IN + 1), basis(OUT), Tensor.zeros(DType.F64, OUT, IN + 1).fillInPlace(3))) {
      assertEquals(0.3, factors.heuristicDamping(), 1e-12);
      Tensor gradient = random(2, OUT, IN + 1);
      assertArrayEquals(
          gradient.times(0.25).toDoubles(), factors.inverse(gradient, 1).toDoubles(), 1e-12);
    }
  }

  /** In any basis Λ sums to the squared norm; one sequence's square is that of its gradient. */
  @Test
  void squaresAreThoseOfTheRotatedGradient() {
    try (var _ = NativeScope.open();
        MapFactors factors =
            MapFactors.retain(basis(IN + 1), basis(OUT), Tensor.zeros(DType.F64, OUT, IN + 1))) {
      Tensor a = random(3, 2, 6, IN + 1);
      Tensor g = random(4, 2, 6, OUT);
      factors.addSquares(a, g);
      Tensor expected = Tensor.zeros(DType.F64, OUT, IN + 1);
      for (int sequence : List.of(0, 1)) {
        Tensor gradient = g.select(0, sequence).transpose(0, 1).matmul(a.select(0, sequence));
        expected.plusInPlace(
            factors
                .outputBasis()
                .transpose(0, 1)
                .matmul(gradient)
                .matmul(factors.inputBasis())
                .square());
      }
      assertArrayEquals(expected.toDoubles(), factors.lambda().toDoubles(), 1e-12);
    }
  }
}
