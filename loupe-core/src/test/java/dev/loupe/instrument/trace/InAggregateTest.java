package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.model.ModelFixture;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the graph that lists every neuron, in every family. */
@Tag("oracle")
class InAggregateTest {
  private static final int LENGTH = 9;

  /** Edges are kept in float32, and a row has some hundreds of them. */
  private static final double TOLERANCE = 1e-5;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  private static Swept sweep(
      Transformer model, FrozenRun run, LogitTargets targets, NodeBudget budget) {
    return new EdgeSweep(model, run, null, budget, flat(model), _ -> {}).run(targets, LENGTH - 1);
  }

  private static List<TargetRow> reads(
      Transformer model, FrozenRun run, LogitTargets targets, int[][] listed, int first) {
    try (var _ = NativeScope.open()) {
      RemainderReads reads =
          new RemainderReads(
              model, run, targets.directions().select(0, 0), LENGTH - 1, listed, first);
      return new EdgeSweep(model, run, null, NodeBudget.only(listed), flat(model), _ -> {})
          .remainders(reads);
    }
  }

  private static MassProfile flat(Transformer model) {
    return MassProfile.flat(model.config().layers());
  }

  @ParameterizedTest
  @MethodSource("models")
  void anAggregateReadsWhatItsUnitsReadByTheirServiceToTheAnswer(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      int[] ids = new Random(7).ints(LENGTH, 0, model.config().vocabulary()).toArray();
      long before = Engine.retainedTensors();
      try (FrozenRun run = FrozenRun.of(model, ids);
          LogitTargets targets = LogitTargets.of(model, run, LENGTH - 1, List.of())) {
        AttributionGraph all =
            GraphAssembler.assemble(
                model.config(), run, sweep(model, run, targets, NodeBudget.everything()));
        double[] effects = PredictedEffects.byEdges(all);
        Swept few = sweep(model, run, targets, NodeBudget.of(0.9, 50, 0));
        AttributionGraph graph = GraphAssembler.assemble(model.config(), run, few);
        GraphAssembler layout = GraphAssembler.layout(model.config(), run, few);
        Set<Node> listed = new HashSet<>();
        graph.nodes().stream().filter(Node.Feature.class::isInstance).forEach(listed::add);

        List<TargetRow> rows = reads(model, run, targets, few.listed(), 0);

        assertEquals(model.config().layers(), rows.size());
        for (TargetRow row : rows) {
          int[] units =
              IntStream.range(0, effects.length)
                  .filter(node ->
                      all.nodes().get(node) instanceof Node.Feature feature
                          && feature.layer() == row.layer
                          && listed.stream()
                              .noneMatch(each -> isSame((Node.Feature) each, feature)))
                  .toArray();
          float[] weights = layout.weights(row);
          double mass =
              IntStream.range(0, weights.length).mapToDouble(i -> Math.abs(weights[i])).sum();
          double sum = IntStream.range(0, weights.length).mapToDouble(i -> weights[i]).sum();
          assertEquals(
              -Arrays.stream(units).mapToDouble(node -> effects[node]).sum(),
              sum,
              TOLERANCE * (mass + 1e-6),
              "layer " + row.layer);
          for (int position = 0; position < LENGTH; position++) {
            int source = all.nodes().indexOf(new Node.Token(position, ids[position]));
            double expected =
                Arrays.stream(units)
                    .mapToDouble(node ->
                        -effects[node]
                            / Node.targetValue(all.nodes().get(node))
                            * all.edges().weight(node, source))
                    .sum();
            assertEquals(
                expected,
                weights[graph.nodes().indexOf(new Node.Token(position, ids[position]))],
                TOLERANCE * (mass + 1e-6),
                "layer " + row.layer + ", token " + position);
          }
        }
        InAggregate shares = InAggregate.of(model.config(), run, few, graph, rows, 0);
        assertEquals(0, shares.heldShare(), 1e-9, "nothing is left over");
        assertEquals(1, shares.tokenShare() + shares.positionShare() + shares.biasShare(), 1e-9);
        assertTrue(shares.tokenShare() >= GraphScores.of(graph).tokenShare() - 1e-9);
      }
      assertEquals(before, Engine.retainedTensors());
    }
  }

  private static boolean isSame(Node.Feature one, Node.Feature other) {
    return one.address().equals(other.address());
  }

  @ParameterizedTest
  @MethodSource("models")
  void withEveryNeuronListedNothingChanges(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      int[] ids = new Random(7).ints(LENGTH, 0, model.config().vocabulary()).toArray();
      try (FrozenRun run = FrozenRun.of(model, ids);
          LogitTargets targets = LogitTargets.of(model, run, LENGTH - 1, List.of())) {
        Swept swept = sweep(model, run, targets, NodeBudget.everything());
        AttributionGraph graph = GraphAssembler.assemble(model.config(), run, swept);
        GraphScores scores = GraphScores.of(graph);
        InAggregate shares =
            InAggregate.of(
                model.config(),
                run,
                swept,
                graph,
                reads(model, run, targets, swept.listed(), 0),
                0);
        assertEquals(scores.tokenShare(), shares.tokenShare(), 1e-6);
        assertEquals(scores.positionShare(), shares.positionShare(), 1e-6);
        assertEquals(scores.biasShare(), shares.biasShare(), 1e-6);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void heldPositionsStayConstant(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      int[] ids = new Random(7).ints(LENGTH, 0, model.config().vocabulary()).toArray();
      try (FrozenRun run = FrozenRun.of(model, ids);
          LogitTargets targets = LogitTargets.of(model, run, LENGTH - 1, List.of())) {
        Swept swept = sweep(model, run, targets, NodeBudget.of(0.9, 50, 1));
        AttributionGraph graph = GraphAssembler.assemble(model.config(), run, swept);
        InAggregate shares =
            InAggregate.of(
                model.config(),
                run,
                swept,
                graph,
                reads(model, run, targets, swept.listed(), 1),
                1);
        double[] influence = new NodeInfluence(graph).of();
        double ended =
            IntStream.range(0, influence.length)
                .filter(node ->
                    graph.nodes().get(node) instanceof Node.Remainder remainder
                        && remainder.position() == 0)
                .mapToDouble(node -> influence[node])
                .sum();
        assertEquals(
            ended > 0, shares.heldShare() > 0, "flow ends in the first position's neurons");
        assertTrue(shares.heldShare() >= ended - 1e-9, "and more that unlisted ones read of them");
      }
    }
  }
}
