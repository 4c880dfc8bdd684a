package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Products of the Gauss–Newton matrix against differences of logits, in float64. */
class GaussNewtonTest {
  private static final ModelShape SHAPE = new ModelShape(2, 8, 2, 6, 11);
  private static final List<BlockMap> MAPS =
      BlockMap.all(
          SHAPE.layers(),
          List.of(
              BlockMap.Kind.QUERY_KEY_VALUE,
              BlockMap.Kind.ATTENTION_OUT,
              BlockMap.Kind.MLP_UP,
              BlockMap.Kind.MLP_DOWN));
  private static final List<int[]> SEQUENCES = List.of(row(3, 1, 4, 1, 5), row(9, 2, 6, 5, 3));

  /** Not every prediction counts. */
  private static final List<boolean[]> COUNTS =
      List.of(
          new boolean[] {true, true, true, true, false},
          new boolean[] {false, true, true, false, false});

  /** Central differences of this step are exact to about 1e-9 in float64. */
  private static final double STEP = 1e-5;

  private Parameters weights;

  private static int[] row(int... tokens) {
    return tokens;
  }

  @BeforeEach
  void open() {
    weights = new Parameters(SHAPE, DType.F64);
    Random random = new Random(5);
    double[] values = random.doubles(SHAPE.parameters(), -0.6, 0.6).toArray();
    try (var _ = NativeScope.open()) {
      weights.flat().copyInPlace(Tensor.of(values, values.length));
    }
  }

  @AfterEach
  void close() {
    weights.close();
  }

  private Map<BlockMap, Tensor> random(long seed) {
    Random random = new Random(seed);
    Map<BlockMap, Tensor> direction = new LinkedHashMap<>();
    for (BlockMap map : MAPS) {
      Tensor weight = weights.of(map.kind().weight(), map.layer());
      long in = weight.size(0) + 1L;
      long out = weight.size(1);
      direction.put(map, Tensor.of(random.doubles(in * out, -1, 1).toArray(), out, in));
    }
    return direction;
  }

  private static Weight bias(BlockMap.Kind kind) {
    return switch (kind) {
      case QUERY_KEY_VALUE -> Weight.QUERY_KEY_VALUE_BIAS;
      case ATTENTION_OUT -> Weight.ATTENTION_OUT_BIAS;
      case MLP_UP -> Weight.MLP_UP_BIAS;
      case MLP_DOWN -> Weight.MLP_DOWN_BIAS;
      case QUERY, KEY, VALUE, MLP_GATE -> throw new IllegalArgumentException("not in GPT-2");
    };
  }

  private void move(Map<BlockMap, Tensor> direction, double factor) {
    direction.forEach((map, along) -> {
      long in = along.size(1) - 1L;
      weights
          .of(map.kind().weight(), map.layer())
          .plusInPlace(along.slice(1, 0, in).transpose(0, 1), factor);
      weights.of(bias(map.kind()), map.layer()).plusInPlace(along.select(1, in), factor);
    });
  }

  private Tensor logits(int sequence) {
    try (Transformer model = TrainedNetwork.of(weights)) {
      Tensor hidden =
          model.hidden(TokenBatch.of(SEQUENCES.get(sequence)), Hooks.NONE, null).select(0, 0);
      return model.unembed(hidden);
    }
  }

  /** How the logits of a sequence change along a direction, {@code [pos, d_vocab]}. */
  private Tensor change(Map<BlockMap, Tensor> direction, int sequence) {
    move(direction, STEP);
    Tensor above = logits(sequence);
    move(direction, -2 * STEP);
    Tensor below = logits(sequence);
    move(direction, STEP);
    return above.minus(below).times(1 / (2 * STEP));
  }

  /** {@code Σ dzᵀ (diag p − p pᵀ) dz'} over the counted predictions. */
  private double expected(Map<BlockMap, Tensor> x, Map<BlockMap, Tensor> y) {
    double sum = 0;
    for (int s = 0; s < SEQUENCES.size(); s++) {
      Tensor p = logits(s).softmax(-1);
      Tensor changeX = change(x, s);
      Tensor changeY = change(y, s);
      for (int t = 0; t < COUNTS.get(s).length; t++) {
        if (COUNTS.get(s)[t]) {
          Tensor here = p.select(0, t);
          Tensor dx = changeX.select(0, t);
          Tensor dy = changeY.select(0, t);
          sum +=
              here.times(dx).times(dy).sum().item()
                  - here.times(dx).sum().item() * here.times(dy).sum().item();
        }
      }
    }
    return sum;
  }

  @Test
  void productsAreThoseOfTheCurvatureOfTheLogits() {
    try (var _ = NativeScope.open();
        SequenceGradients network = SequenceGradients.copy(weights)) {
      List<Map<BlockMap, Tensor>> directions = List.of(random(1), random(2));
      double[][] found = new double[2][2];
      network.ofCurvature(
          SEQUENCES,
          COUNTS,
          directions,
          (direction, map, a, g) -> {
            Tensor inputs = a.reshape(-1, a.size(2));
            Tensor part = g.reshape(-1, g.size(2)).transpose(0, 1).matmul(inputs);
            for (int other = 0; other < 2; other++) {
              Tensor along = Objects.requireNonNull(directions.get(other).get(map));
              found[direction][other] += part.times(along).sum().item();
            }
          });
      for (int x = 0; x < 2; x++) {
        for (int y = 0; y < 2; y++) {
          double expected = expected(directions.get(x), directions.get(y));
          assertEquals(expected, found[x][y], 1e-6 * Math.abs(expected), x + " " + y);
        }
      }
    }
  }
}
