package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.RandomBases;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The identities of a trace hold in every family with dictionaries of random numbers at every place
 * where one can stand: sums close and the frozen model equals the model.
 */
@Tag("oracle")
class EveryBasisTraceTest {
  private static final int LENGTH = 7;
  private static final double ROUNDING = 0x1p-24;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void sumsCloseWhereverADictionaryStands(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      for (Dictionary dictionary : dictionaries(model)) {
        for (int held = 0; held < 2; held++) {
          try (Traced traced =
              Traced.of(model, dictionary.computingIn(DType.F64), held, NodeBudget.everything())) {
            assertTrue(traced.features() > 0, dictionary.info().name());
            traced.assertSumsClose(1e-9);
            traced.assertReplayEqualsTheModel(1e-9);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void neuronsAreOneBasisAmongOthers(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      assumeTrue(NeuronBasis.suits(model), "no fixed directions");
      try (Traced dense = Traced.of(model, null, 0, NodeBudget.everything());
          Traced sparse = Traced.of(model, NeuronBasis.of(model), 0, NodeBudget.everything())) {
        Map<List<Integer>, Integer> places = new HashMap<>();
        for (int node = 0; node < dense.graph.nodes().size(); node++) {
          places.put(place(dense.graph.nodes().get(node)), node);
        }
        int compared = 0;
        for (int target = 0; target < sparse.graph.nodes().size(); target++) {
          if (sparse.graph.edges().isTarget(target)) {
            int same = Objects.requireNonNull(places.get(place(sparse.graph.nodes().get(target))));
            Map<Integer, Double> errors = new HashMap<>();
            for (int source = 0; source < sparse.graph.nodes().size(); source++) {
              Node node = sparse.graph.nodes().get(source);
              float weight = sparse.graph.edges().weight(target, source);
              // Experts' biases have weights of each position: a basis has them in its errors.
              if (node instanceof Node.ReconstructionError error) {
                errors.merge(error.layer(), (double) weight, Double::sum);
              } else if (node instanceof Node.MlpBias bias) {
                errors.merge(bias.layer(), (double) weight, Double::sum);
              } else {
                assertClose(dense.graph.edges().weight(same, counterpart(places, node)), weight);
                compared++;
              }
            }
            for (var error : errors.entrySet()) {
              Integer bias = places.get(place(new Node.MlpBias(error.getKey())));
              assertClose(
                  bias == null ? 0 : dense.graph.edges().weight(same, bias), error.getValue());
            }
          }
        }
        assertTrue(compared > 1000);
      }
    }
  }

  private static int counterpart(Map<List<Integer>, Integer> places, Node node) {
    return Objects.requireNonNull(places.get(place(node)), () -> "only one has " + node);
  }

  private static void assertClose(double expected, double value) {
    assertEquals(expected, value, 1e-6 + 1e-6 * Math.abs(expected));
  }

  /** Kind, layer, position and unit or token: what is the same in two graphs of one prompt. */
  private static List<Integer> place(Node node) {
    return switch (node) {
      case Node.Feature n -> List.of(0, n.layer(), n.position(), n.unit());
      case Node.ReconstructionError n -> List.of(1, n.layer(), n.position());
      case Node.Token n -> List.of(2, n.position());
      case Node.PositionEmbedding n -> List.of(3, n.position());
      case Node.EmbeddingBias _ -> List.of(4);
      case Node.AttentionBias n -> List.of(5, n.layer());
      case Node.MlpBias n -> List.of(6, n.layer());
      case Node.OwnBias _ -> List.of(7);
      case Node.Remainder n -> List.of(8, n.layer(), n.position());
      case Node.Logit n -> List.of(9, n.token());
    };
  }

  @ParameterizedTest
  @MethodSource("models")
  void whatACapLeavesOutIsKeptAsRemainder(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      Dictionary dictionary = RandomBases.crossing(model).computingIn(DType.F64);
      try (Traced all = Traced.of(model, dictionary, 0, NodeBudget.everything());
          Traced few = Traced.of(model, dictionary, 0, NodeBudget.of(1, 20, 0))) {
        assertTrue(few.features() <= 20 && few.features() > 5, "listed " + few.features());
        int left =
            few.graph.nodes().stream()
                .mapToInt(node -> node instanceof Node.Remainder rest ? rest.units() : 0)
                .sum();
        assertEquals(all.features(), few.features() + left);
        few.assertSumsClose(1e-9);
        assertTrue(
            few.evidence().stream().noneMatch(line -> line.contains(Verdict.FAILED.name())),
            () -> few.evidence().toString());
      }
    }
  }

  @Test
  void aPlaceThatTheFrozenModelLacksIsRefused() {
    try (Transformer model =
        ModelLoader.transformer(ModelFixture.folders().getFirst(), LoadOptions.DEFAULT)) {
      Dictionary dictionary =
          RandomDictionary.of(RandomBases.layer(model, Site.ATTN_IN, Site.ATTN_IN, 1, false));
      LoupeException refusal =
          assertThrows(LoupeException.class, () -> WrittenPlaces.require(dictionary));
      assertTrue(refusal.getMessage().contains("attn_in.1"), refusal.getMessage());
    }
  }

  private static List<Dictionary> dictionaries(Transformer model) {
    List<Dictionary> dictionaries = new ArrayList<>();
    dictionaries.add(RandomBases.crossing(model));
    List<List<Site>> places = new ArrayList<>();
    for (Site site :
        List.of(Site.RESID_PRE, Site.ATTN_OUT, Site.RESID_MID, Site.MLP_OUT, Site.RESID_POST)) {
      places.add(List.of(site, site));
    }
    places.add(List.of(Site.MLP_IN, Site.MLP_OUT));
    places.add(List.of(Site.RESID_MID, Site.MLP_OUT));
    places.add(List.of(Site.RESID_PRE, Site.RESID_POST));
    for (List<Site> place : places) {
      if (place.stream().allMatch(model::has)) {
        boolean skips = !place.getFirst().equals(place.getLast());
        // One layer alone, and all of them.
        dictionaries.add(
            RandomDictionary.of(RandomBases.layer(model, place.get(0), place.get(1), 1, skips)));
        dictionaries.add(
            RandomDictionary.of(
                IntStream.range(0, model.config().layers())
                    .mapToObj(
                        each -> RandomBases.layer(model, place.get(0), place.get(1), each, skips))
                    .toArray(DictionaryLayer[]::new)));
      }
    }
    return dictionaries;
  }

  /** A trace of a seeded random prompt, down to its graph. */
  private static final class Traced implements AutoCloseable {
    private final Transformer model;
    private final FrozenRun run;
    private final @Nullable LocalReplacement replacement;
    private final LogitTargets targets;
    private final AttributionGraph graph;

    private Traced(Transformer model, @Nullable FeatureBasis basis, int held, NodeBudget budget) {
      this.model = model;
      int[] ids = new Random(7).ints(LENGTH, 0, model.config().vocabulary()).toArray();
      run =
          basis == null
              ? FrozenRun.of(model, ids)
              : FrozenRun.of(model, ids, LocalReplacement.taps(basis));
      replacement = basis == null ? null : LocalReplacement.of(basis, run::at, held);
      targets = LogitTargets.of(model, run, LENGTH - 1, List.of());
      EdgeSweep sweep =
          new EdgeSweep(
              model, run, replacement, budget, MassProfile.flat(model.config().layers()), _ -> {});
      graph = GraphAssembler.assemble(model.config(), run, sweep.run(targets, LENGTH - 1));
    }

    static Traced of(Transformer model, @Nullable FeatureBasis basis, int held, NodeBudget budget) {
      return new Traced(model, basis, held, budget);
    }

    long features() {
      return graph.nodes().stream().filter(Node.Feature.class::isInstance).count();
    }

    void assertSumsClose(double ofValue) {
      for (int target = 0; target < graph.nodes().size(); target++) {
        if (graph.edges().isTarget(target)) {
          double sum = 0;
          double mass = 0;
          for (int source = 0; source < graph.nodes().size(); source++) {
            sum += graph.edges().weight(target, source);
            mass += graph.edges().mass(target, source);
          }
          float value = Node.targetValue(graph.nodes().get(target));
          assertEquals(
              value,
              sum,
              ofValue * Math.abs(value) + Math.max(ofValue, 4 * ROUNDING) * mass,
              graph.nodes().get(target).toString());
        }
      }
    }

    void assertReplayEqualsTheModel(double tolerance) {
      try (var _ = NativeScope.open()) {
        Tensor real = model.unembed(run.finalHidden());
        Tensor frozen = model.unembed(new FrozenReplay(model, run, replacement).finalHidden());
        double gap = frozen.minus(real).abs().max().item() / real.abs().max().item();
        assertTrue(gap <= tolerance, () -> "gap " + gap);
      }
    }

    List<String> evidence() {
      PrunedGraph pruned = GraphPruner.USUAL.prune(graph);
      return new TraceEvidence(
              model, run, replacement, targets, graph, pruned, GraphScores.of(graph), LENGTH - 1)
          .all().stream().map(Object::toString).toList();
    }

    @Override
    public void close() {
      targets.close();
      if (replacement != null) {
        replacement.close();
      }
      run.close();
    }
  }
}
