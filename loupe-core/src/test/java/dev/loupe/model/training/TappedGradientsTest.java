package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.ModelWeights.Linear;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of networks of every family, in float64. */
@Tag("oracle")
class TappedGradientsTest {
  private static final List<int[]> SEQUENCES =
      List.of(row(5, 9, 3, 17, 2, 8), row(4, 4, 11, 6, 7, 1));

  /** Not every prediction counts. */
  private static final List<boolean[]> COUNTS =
      List.of(
          new boolean[] {true, true, true, true, true, false},
          new boolean[] {false, true, true, false, true, false});

  /** Central differences of this step in float64. */
  private static final double STEP = 1e-5;

  private static int[] row(int... tokens) {
    return tokens;
  }

  static List<Path> folders() {
    return ModelFixture.folders();
  }

  private static Transformer open(Path folder) {
    return ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
  }

  /** The derivatives along directions in the weights are what moving the weights gives. */
  @ParameterizedTest
  @MethodSource("folders")
  void gradientsAreDifferencesOfTheLoss(Path folder) {
    try (Transformer model = open(folder)) {
      assumeTrue(model.config().mixtures().isEmpty(), "a mixture, which is refused");
      assumeTrue(!model.weights().onDemand(), "weights that are made on demand cannot be moved");
      try (SequenceGradients network = new TappedGradients(model, "tiny");
          var _ = NativeScope.open()) {
        Map<BlockMap, Tensor> directions = directions(network);
        Map<BlockMap.Kind, Double> found = new LinkedHashMap<>();
        double loss =
            network.ofTruth(
                SEQUENCES,
                COUNTS,
                directions.keySet(),
                (map, a, g) -> {
                  Tensor gradient =
                      g.reshape(-1, g.size(2)).transpose(0, 1).matmul(a.reshape(-1, a.size(2)));
                  Tensor along = directions.getOrDefault(map, gradient);
                  found.merge(map.kind(), gradient.times(along).sum().item(), Double::sum);
                });
        assertEquals(loss(network), loss, 1e-9 * loss);
        assertEquals(
            network.maps(true).stream().map(BlockMap::kind).distinct().toList().size(),
            found.size());
        found.forEach((kind, derivative) -> {
          move(model, directions, kind, STEP);
          double above = loss(network);
          move(model, directions, kind, -2 * STEP);
          double below = loss(network);
          move(model, directions, kind, STEP);
          double expected = (above - below) / (2 * STEP);
          assertTrue(Math.abs(expected) > 1e-6, kind + " has no effect");
          // The error of a difference: rounding of the loss over the step, and its third
          // derivative.
          assertEquals(expected, derivative, 1e-5 * Math.abs(expected) + 1e-8, kind.toString());
        });
      }
    }
  }

  private static double loss(SequenceGradients network) {
    double sum = 0;
    for (int s = 0; s < SEQUENCES.size(); s++) {
      sum += network.loss(SEQUENCES.get(s), COUNTS.get(s));
    }
    return sum;
  }

  private static Map<BlockMap, Tensor> directions(SequenceGradients network) {
    Random random = new Random(3);
    Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
    for (BlockMap map : network.maps(true)) {
      SequenceGradients.MapSize size = network.size(map);
      double[] values = random.doubles((long) size.outputs() * size.columns(), -0.1, 0.1).toArray();
      directions.put(map, Tensor.of(values, size.outputs(), size.columns()));
    }
    return directions;
  }

  private static void move(
      Transformer model, Map<BlockMap, Tensor> directions, BlockMap.Kind kind, double factor) {
    directions.forEach((map, along) -> {
      if (map.kind() == kind) {
        Linear linear = linear(model.weights().layer(map.layer()), kind);
        long in = linear.weight().size(1);
        linear.weight().plusInPlace(along.slice(1, 0, in), factor);
        if (linear.bias() != null) {
          linear.bias().plusInPlace(along.select(1, in), factor);
        }
      }
    });
  }

  private static Linear linear(ModelWeights.Layer layer, BlockMap.Kind kind) {
    ModelWeights.Dense mlp = (ModelWeights.Dense) layer.mlp();
    return switch (kind) {
      case QUERY -> layer.attention().query();
      case KEY -> layer.attention().key();
      case VALUE -> layer.attention().value();
      case ATTENTION_OUT -> layer.attention().output();
      case MLP_GATE -> mlp.gate() == null ? mlp.up() : mlp.gate();
      case MLP_UP -> mlp.up();
      case MLP_DOWN -> mlp.down();
      case QUERY_KEY_VALUE -> throw new IllegalArgumentException("three maps here");
    };
  }

  /** The two ways to gradients of GPT-2 agree, labels that are drawn among them. */
  @Test
  void aGpt2NetworkHasTheGradientsOfTheWrittenOutPass() {
    Path folder =
        folders().stream().filter(each -> each.endsWith("gpt2/model")).findFirst().orElseThrow();
    try (Transformer model = open(folder);
        SequenceGradients written = SequenceGradients.of(model, "tiny", DType.F64);
        SequenceGradients tapped = new TappedGradients(model, "tiny");
        var _ = NativeScope.open()) {
      assertTrue(written instanceof WrittenGradients);
      Map<String, double[]> expected = drawn(written);
      Map<String, double[]> found = drawn(tapped);
      for (String name :
          List.of("layers.0.mlp_up", "layers.1.mlp_down", "layers.1.attention_out")) {
        double[] one = expected.getOrDefault(name, new double[1]);
        double[] other = found.getOrDefault(name, new double[0]);
        assertEquals(one.length, other.length, name);
        for (int i = 0; i < one.length; i++) {
          assertEquals(one[i], other[i], 1e-9, name);
        }
      }
      double[] all = expected.getOrDefault("layers.0.query_key_value", new double[1]);
      int part = all.length / 3;
      List<String> parts = List.of("query", "key", "value");
      for (int i = 0; i < all.length; i++) {
        double[] one = found.getOrDefault("layers.0." + parts.get(i / part), new double[part]);
        assertEquals(all[i], one[i % part], 1e-9);
      }
    }
  }

  private static Map<String, double[]> drawn(SequenceGradients network) {
    Map<String, double[]> found = new LinkedHashMap<>();
    network.ofDrawn(
        SEQUENCES,
        COUNTS,
        (sequence, position) -> (0.37 * (sequence + 1) + 0.11 * position) % 1,
        Set.copyOf(network.maps(true)),
        (map, a, g) ->
            found.put(
                map.name(),
                g.reshape(-1, g.size(2))
                    .transpose(0, 1)
                    .matmul(a.reshape(-1, a.size(2)))
                    .toDoubles()));
    return found;
  }

  static Stream<Path> mixtures() {
    return folders().stream().filter(each -> each.toString().matches(".*(mixtral|moe|gpt_oss).*"));
  }

  @ParameterizedTest
  @MethodSource("mixtures")
  void mixturesAreRefusedByName(Path folder) {
    try (Transformer model = open(folder)) {
      LoupeException refusal =
          assertThrows(LoupeException.class, () -> SequenceGradients.of(model, "mixed", DType.F64));
      assertTrue(refusal.getMessage().contains("mixed has"), refusal.getMessage());
      assertTrue(refusal.getMessage().contains("mixtures of experts"), refusal.getMessage());
    }
  }
}
