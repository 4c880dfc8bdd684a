package dev.loupe.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenNeurons;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Of a mixture of experts those that the router chooses are run, and no others are read. */
@Tag("oracle")
class MixtureTest {
  private static final int[] IDS = {5, 9};

  static List<Path> folders() {
    List<Path> found =
        ModelFixture.folders().stream()
            .filter(folder -> folder.toString().matches(".*(moe|mixtral|gpt_oss).*"))
            .toList();
    assumeTrue(!found.isEmpty(), "no mixtures among the fixtures");
    return found;
  }

  @ParameterizedTest
  @MethodSource("folders")
  void readsNoExpertThatIsNotChosen(Path folder) {
    try (Transformer whole = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      Set<Integer> read = new TreeSet<>();
      Transformer model = new Transformer(whole.config(), noting(whole.weights(), read));
      try (FrozenRun run = FrozenRun.of(model, IDS);
          var _ = NativeScope.open()) {
        ModelConfig.MixtureShape shape = Objects.requireNonNull(model.config().mixtures().get(0));
        double[] weights = run.routerWeights(0).toDoubles();
        Set<Integer> chosen = new TreeSet<>();
        for (int i = 0; i < weights.length; i++) {
          if (weights[i] != 0 && i % shape.weights() < shape.experts()) {
            chosen.add(i % shape.weights());
          }
        }
        assertTrue(chosen.size() < shape.experts(), "all were chosen");
        assertEquals(chosen, read, "in the forward pass");
        read.clear();
        ModelWeights.Layer parts = model.weights().layer(0);
        FrozenNeurons neurons = new FrozenLinear(model, run).neurons(0, parts);
        Tensor gradient = Tensor.zeros(DType.F64, IDS.length, 3, model.config().dModel());
        neurons.through(gradient, Tensor.zeros(DType.F64, 3));
        neurons.byUnits(gradient, 0);
        assertEquals(chosen, read, "in a trace");
      }
    }
  }

  private static ModelWeights noting(ModelWeights weights, Set<Integer> read) {
    return new ModelWeights() {
      @Override
      public Ends ends() {
        return weights.ends();
      }

      @Override
      public Layer layer(int layer) {
        Layer all = weights.layer(layer);
        if (layer > 0 || !(all.mlp() instanceof Mixture mixture)) {
          return all;
        }
        return new Layer(
            all.attentionNorm(),
            all.attention(),
            all.attentionPostNorm(),
            all.residMidNorm(),
            all.mlpNorm(),
            new Mixture(
                mixture.shape(),
                mixture.router(),
                expert -> {
                  read.add(expert);
                  return mixture.experts().apply(expert);
                },
                mixture.shared(),
                mixture.sharedGate()),
            all.mlpPostNorm(),
            all.residPostNorm());
      }

      @Override
      public void close() {
        weights.close();
      }
    };
  }

  /** The two ways through units, in one product an expert and by way of all units, are one map. */
  @ParameterizedTest
  @MethodSource("folders")
  void gradientsGoThroughUnitsOrExpertsAlike(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        FrozenRun run = FrozenRun.of(model, IDS);
        var _ = NativeScope.open()) {
      int width = model.config().dModel();
      FrozenNeurons neurons = new FrozenLinear(model, run).neurons(0, model.weights().layer(0));
      double[] values = IntStream.range(0, IDS.length * width).mapToDouble(Math::sin).toArray();
      Tensor gradient = Tensor.of(values, IDS.length, 1, width);
      Tensor straight = Tensor.zeros(DType.F64, 1);
      Tensor byUnits = Tensor.zeros(DType.F64, 1);
      assertArrayEquals(
          neurons.through(gradient, straight).toDoubles(),
          neurons.fromUnitsInPlace(neurons.byUnits(gradient, 0), byUnits).toDoubles(),
          1e-12);
      assertArrayEquals(straight.toDoubles(), byUnits.toDoubles(), 1e-12);
    }
  }

  /**
   * Holding the weights of the router at those of another choice runs the experts of that choice.
   */
  @ParameterizedTest
  @MethodSource("folders")
  void theRoutersWeightsCanBeReplaced(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        var _ = NativeScope.open()) {
      Tap router = new Tap(Site.ROUTER_WEIGHTS, 0);
      double[] plain = model.logits(TokenBatch.of(IDS), Hooks.NONE).toDoubles();
      double[] rolled =
          model.logits(TokenBatch.of(IDS), Hooks.replace(router, MixtureTest::rolled)).toDoubles();
      assertTrue(Math.abs(plain[0] - rolled[0]) > 1e-6);
      double[] none =
          model
              .logits(
                  TokenBatch.of(IDS),
                  Hooks.replace(router, weights -> weights.times(0))
                      .and(Hooks.observe(new Tap(Site.MLP_POST, 0), post -> {})))
              .toDoubles();
      double[] without =
          model
              .logits(
                  TokenBatch.of(IDS), Hooks.replace(new Tap(Site.MLP_OUT, 0), out -> out.times(0)))
              .toDoubles();
      assertArrayEquals(without, none, 1e-12);
    }
  }

  /** Each expert's weight given to the next one. */
  private static Tensor rolled(Tensor weights) {
    int last = weights.size(2) - 1;
    return Tensor.cat(List.of(weights.slice(2, last, last + 1L), weights.slice(2, 0, last)), 2);
  }
}
