package dev.loupe.geometry;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Random;

/**
 * A rotation of the space of directions, drawn at random: its axes in another order, each with a
 * sign. It leaves all lengths and angles within a dictionary as they are, so that what remains of a
 * match with another dictionary is what so many directions of these arrangements have by chance.
 */
public final class Rotation {
  private final int[] axes;
  private final double[] signs;

  private Rotation(int[] axes, double[] signs) {
    this.axes = axes;
    this.signs = signs;
  }

  /** Of a space of so many dimensions. */
  public static Rotation of(int width, Random random) {
    int[] axes = new int[width];
    double[] signs = new double[width];
    for (int i = 0; i < width; i++) {
      int place = random.nextInt(i + 1);
      axes[i] = axes[place];
      axes[place] = i;
      signs[i] = random.nextBoolean() ? 1 : -1;
    }
    return new Rotation(axes, signs);
  }

  /** Rows rotated: {@code [n, width]}. */
  public Tensor of(Tensor rows) {
    try (var scope = NativeScope.open()) {
      Tensor moved = rows.indexSelect(1, Tensor.indices(axes));
      return scope.keep(moved.times(Tensor.of(signs, 1, signs.length).to(rows.dtype())));
    }
  }
}
