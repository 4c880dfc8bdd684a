package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.model.training.BlockMap;
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
  private static final BlockMap MAP = new BlockMap(0, BlockMap.Kind.MLP_UP);

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
                List.of(basis(IN + 1)),
                List.of(basis(OUT)),
                Tensor.zeros(DType.F64, OUT, IN + 1).fillInPlace(3))) {
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
            MapFactors.retain(
                List.of(basis(IN + 1)),
                List.of(basis(OUT)),
                Tensor.zeros(DType.F64, OUT, IN + 1))) {
      Tensor a = random(3, 2, 6, IN + 1);
      Tensor g = random(4, 2, 6, OUT);
      factors.addSquares(a, g);
      Tensor expected = Tensor.zeros(DType.F64, OUT, IN + 1);
      for (int sequence : List.of(0, 1)) {
        Tensor gradient = g.select(0, sequence).transpose(0, 1).matmul(a.select(0, sequence));
        expected.plusInPlace(
            factors
                .outputBasis()
                .blocks()
                .getFirst()
                .transpose(0, 1)
                .matmul(gradient)
                .matmul(factors.inputBasis().blocks().getFirst())
                .square());
      }
      assertArrayEquals(expected.toDoubles(), factors.lambda().toDoubles(), 1e-12);
    }
  }

  @Test
  void blocksAreAboutEqualAndNoneIsWider() {
    assertEquals(List.of(7), Eigenbasis.widths(7, 7));
    assertEquals(List.of(3, 4), Eigenbasis.widths(7, 6));
    assertEquals(List.of(3, 3, 4), Eigenbasis.widths(10, 4));
    assertEquals(List.of(1, 1, 1), Eigenbasis.widths(3, 1));
  }

  /**
   * Where inputs of one block never meet those of another, blocks leave nothing out: the same
   * matrix of second moments, its eigenvectors found in parts.
   */
  @Test
  void blocksOfIndependentPartsAreTheWhole() {
    try (var _ = NativeScope.open();
        Covariance whole = new Covariance(5, 3, 9);
        Covariance parts = new Covariance(5, 3, 3)) {
      Tensor a = Tensor.cat(List.of(random(5, 1, 40, 2), Tensor.zeros(DType.F64, 1, 40, 3)), 2);
      Tensor b = Tensor.cat(List.of(Tensor.zeros(DType.F64, 1, 40, 2), random(6, 1, 40, 3)), 2);
      Tensor g = random(7, 1, 40, 3);
      for (Tensor rows : List.of(a, b)) {
        whole.add(rows, g);
        parts.add(rows, g);
      }
      assertEquals(2, parts.ofInput().size());
      try (MapFactors one = whole.eigenbasis(MAP, DType.F64);
          MapFactors two = parts.eigenbasis(MAP, DType.F64)) {
        assertEquals(5, two.inputBasis().width());
        for (Tensor rows : List.of(a, b)) {
          one.addSquares(rows, g);
          two.addSquares(rows, g);
        }
        Tensor gradient = random(8, 3, 5);
        assertArrayEquals(
            one.inverse(gradient, 0.1).toDoubles(), two.inverse(gradient, 0.1).toDoubles(), 1e-10);
        assertArrayEquals(
            gradient.toDoubles(),
            two.inputBasis().outOf(two.inputBasis().into(gradient)).toDoubles(),
            1e-12);
      }
    }
  }
}
