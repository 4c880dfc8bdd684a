package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.ModelFixture;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.report.Evidence;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.SafetensorsFolder;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.TensorStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The identities of a trace hold in every family: sums of edges close and the frozen model equals
 * the model, whatever norms, biases, windows, caps and blocks it is made of; and the checks fail
 * when something frozen is wrong.
 */
@Tag("oracle")
class EveryFamilyTraceTest {
  /** Long enough for the fixtures' windows of 5 and 6 positions to cut something off. */
  private static final int LENGTH = 9;

  /** Edges are kept in float32: each rounds by at most this part of itself. */
  private static final double ROUNDING = 0x1p-24;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void everySumClosesWithEveryNeuronListedInFloat64(Path folder) {
    try (Traced traced = Traced.of(folder, DType.F64, LENGTH, NodeBudget.everything())) {
      long neurons = traced.nodes().stream().filter(Node.Feature.class::isInstance).count();
      assertEquals(LENGTH * traced.model.config().activeUnits(), neurons);
      assertTrue(traced.nodes().stream().noneMatch(Node.Remainder.class::isInstance));
      traced.assertSumsClose(1e-9, 2 * ROUNDING);
      traced.assertReplayEqualsTheModel(1e-9);
    }
  }

  /** Over all ways, through positions and layers alike. */
  @ParameterizedTest
  @MethodSource("models")
  void theFrozenModelPredictsTheAblationsThatTheEdgesPredict(Path folder) {
    try (Traced traced = Traced.of(folder, DType.F64, LENGTH, NodeBudget.everything());
        var _ = NativeScope.open()) {
      double[] byEdges = PredictedEffects.byEdges(traced.graph);
      List<Integer> listed =
          IntStream.range(0, byEdges.length)
              .filter(node -> traced.nodes().get(node) instanceof Node.Feature)
              .boxed()
              .toList();
      double[] frozen =
          PredictedEffects.ofNeurons(
              traced.model,
              traced.run,
              listed.stream().map(node -> (Node.Feature) traced.nodes().get(node)).toList(),
              traced.targets.directions().select(0, 0),
              traced.at);
      double largest = Arrays.stream(frozen).map(Math::abs).max().orElseThrow();
      long early = 0;
      for (int i = 0; i < frozen.length; i++) {
        Node.Feature neuron = (Node.Feature) traced.nodes().get(listed.get(i));
        assertEquals(byEdges[listed.get(i)], frozen[i], 1e-5 * largest, neuron::toString);
        early += neuron.position() < traced.at && Math.abs(frozen[i]) > 1e-3 * largest ? 1 : 0;
      }
      assertTrue(early > 0, "some act through attention");
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void everySumClosesWithFewNeuronsListedInFloat32(Path folder) {
    try (Traced traced = Traced.of(folder, DType.F32, 19, NodeBudget.of(0.9, 200, 0))) {
      assertTrue(traced.nodes().stream().anyMatch(Node.Feature.class::isInstance));
      assertTrue(traced.nodes().stream().anyMatch(Node.Remainder.class::isInstance));
      traced.assertSumsClose(1e-5, 1e-5);
      traced.assertReplayEqualsTheModel(1e-5);
      assertAll(
          traced.evidence().stream()
              .map(each ->
                  () -> assertTrue(each.verdict() != Verdict.FAILED, () -> each.toString())));
    }
  }

  /** Half the memory of an opened model, and the same trace: sums are float32 in both. */
  @ParameterizedTest
  @MethodSource("models")
  void weightsInBfloat16AreWidenedAsTheyAreUsed(Path folder, @TempDir Path narrow)
      throws IOException {
    narrowed(folder, narrow);
    try (Traced stored = Traced.of(narrow, LoadOptions.asStored(), 19, NodeBudget.of(0.9, 200, 0));
        Traced expanded = Traced.of(narrow, LoadOptions.DEFAULT, 19, NodeBudget.of(0.9, 200, 0))) {
      assertTrue(stored.model.weights().onDemand());
      assertTrue(stored.model.weights().notes().getFirst().contains("widened to float32"));
      assertFalse(expanded.model.weights().onDemand());
      stored.assertSumsClose(1e-5, 1e-5);
      stored.assertReplayEqualsTheModel(1e-5);
      assertEquals(expanded.nodes().size(), stored.nodes().size());
      for (int i = 0; i < stored.nodes().size(); i++) {
        if (stored.graph.edges().isTarget(i)) {
          float wanted = Node.targetValue(expanded.nodes().get(i));
          float value = Node.targetValue(stored.nodes().get(i));
          assertEquals(wanted, value, 1e-4 * Math.abs(wanted) + 1e-6);
        }
      }
    }
  }

  private static void narrowed(Path folder, Path to) throws IOException {
    Files.copy(folder.resolve("config.json"), to.resolve("config.json"));
    SafetensorsWriter writer = new SafetensorsWriter();
    try (TensorStore store = SafetensorsFolder.open(folder);
        Arena arena = Arena.ofConfined()) {
      for (StoredTensor tensor : store.tensors().values()) {
        if (tensor.dtype() == DType.U8) { // MXFP4 is narrow already
          writer.add(tensor);
          continue;
        }
        float[] values = tensor.toFloats();
        MemorySegment bytes = arena.allocate((long) values.length * Short.BYTES, Short.BYTES);
        for (int i = 0; i < values.length; i++) {
          short upper = (short) (Float.floatToRawIntBits(values[i]) >>> Short.SIZE);
          bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, upper);
        }
        writer.add(new StoredTensor(tensor.name(), DType.BF16, tensor.shape(), bytes));
      }
      writer.write(to.resolve("model.safetensors"));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aWrongDenominatorFailsTheEvidence(Path folder) {
    try (Traced traced = Traced.of(folder, DType.F32, LENGTH, NodeBudget.of(0.9, 50, 0))) {
      Site site =
          Stream.of(Site.ATTN_NORM_SCALE, Site.ATTN_POST_NORM_SCALE, Site.RESID_MID_NORM_SCALE)
              .filter(traced.model::has)
              .findFirst()
              .orElseThrow();
      double before = traced.replayGap();
      try (var _ = NativeScope.open()) {
        Tensor scale = Objects.requireNonNull(traced.run.scale(site, 0));
        scale.timesInPlace(Tensor.of(new float[] {1.01f}, 1));
      }
      assertTrue(before < 1e-5 && traced.replayGap() > 1e-4, before + " " + traced.replayGap());
      assertTrue(traced.failed().contains("The frozen model's logits equal the model's"));
      assertTrue(
          traced.sweptAgain().failed().stream().anyMatch(what -> what.contains("sum to its value")),
          "edges through a wrong denominator must not close");
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aWrongPatternFailsTheEvidence(Path folder) {
    try (Traced traced = Traced.of(folder, DType.F32, LENGTH, NodeBudget.of(0.9, 50, 0))) {
      try (var _ = NativeScope.open()) {
        // What attention reads, reversed in time: other queries, other keys, so other patterns.
        Tensor read = traced.run.attentionIn(traced.model.config().layers() - 1);
        long[] reversed = new long[LENGTH];
        Arrays.setAll(reversed, i -> LENGTH - 1 - i);
        read.copyInPlace(read.indexSelect(0, Tensor.of(reversed, LENGTH)).copy());
      }
      assertTrue(traced.failed().contains("The frozen model's logits equal the model's"));
      assertTrue(
          traced.sweptAgain().failed().stream().anyMatch(what -> what.contains("sum to its value")),
          "edges through a wrong pattern must not close");
    }
  }

  @Test
  void theFixturesHoldEveryPartThatAFamilyMayHave() {
    Set<Site> scales = EnumSet.noneOf(Site.class);
    boolean caps = false;
    boolean windows = false;
    boolean alibi = false;
    for (Path folder : ModelFixture.folders()) {
      try (Transformer model = ModelLoader.transformer(folder, LoadOptions.DEFAULT)) {
        Arrays.stream(Site.values())
            .filter(site -> site.name().endsWith("_SCALE") && model.has(site))
            .forEach(scales::add);
        caps |= model.config().logitCap() > 0 && model.config().attentionCap() > 0;
        alibi |= model.config().alibi();
        windows |= model.config().attention().stream().anyMatch(shape -> shape.window() > 0);
      }
    }
    assumeTrue(caps && windows && alibi, "these fixtures leave out caps, windows or ALiBi");
    assertEquals(
        Arrays.stream(Site.values()).filter(site -> site.name().endsWith("_SCALE")).count(),
        scales.size(),
        scales::toString);
  }

  /** A trace of a seeded random prompt, down to its graph. */
  private record Traced(
      Transformer model, FrozenRun run, LogitTargets targets, AttributionGraph graph, int at)
      implements AutoCloseable {
    static Traced of(Path folder, DType dtype, int length, NodeBudget budget) {
      return of(folder, LoadOptions.of(dtype), length, budget);
    }

    static Traced of(Path folder, LoadOptions options, int length, NodeBudget budget) {
      Transformer model = ModelLoader.transformer(folder, options);
      int[] ids = new Random(7).ints(length, 0, model.config().vocabulary()).toArray();
      FrozenRun run = FrozenRun.of(model, ids);
      LogitTargets targets = LogitTargets.of(model, run, length - 1, List.of());
      return new Traced(
          model, run, targets, graph(model, run, targets, length - 1, budget), length - 1);
    }

    private static AttributionGraph graph(
        Transformer model, FrozenRun run, LogitTargets targets, int at, NodeBudget budget) {
      MassProfile profile = MassProfile.flat(model.config().layers());
      EdgeSweep sweep = new EdgeSweep(model, run, null, budget, profile, _ -> {});
      return GraphAssembler.assemble(model.config(), run, sweep.run(targets, at));
    }

    /** The same run's graph once more, with whatever was changed in the run. */
    Traced sweptAgain() {
      return new Traced(
          model, run, targets, graph(model, run, targets, at, NodeBudget.of(0.9, 50, 0)), at);
    }

    List<Node> nodes() {
      return graph.nodes();
    }

    void assertSumsClose(double ofValue, double ofMass) {
      for (int target = 0; target < nodes().size(); target++) {
        if (graph.edges().isTarget(target)) {
          double sum = 0;
          double mass = 0;
          for (int source = 0; source < nodes().size(); source++) {
            sum += graph.edges().weight(target, source);
            mass += graph.edges().mass(target, source);
          }
          float value = Node.targetValue(nodes().get(target));
          assertEquals(
              value,
              sum,
              ofValue * Math.abs(value) + ofMass * mass,
              nodes().get(target).toString());
        }
      }
    }

    double replayGap() {
      try (var _ = NativeScope.open()) {
        Tensor real = model.unembed(run.finalHidden());
        Tensor frozen = model.unembed(new FrozenReplay(model, run, null).finalHidden());
        return frozen.minus(real).abs().max().item() / real.abs().max().item();
      }
    }

    void assertReplayEqualsTheModel(double tolerance) {
      assertTrue(replayGap() <= tolerance, () -> "gap " + replayGap());
    }

    List<Evidence> evidence() {
      PrunedGraph pruned = new GraphPruner(0.8, 0.98).prune(graph);
      return new TraceEvidence(model, run, null, targets, graph, pruned, GraphScores.of(graph), at)
          .all();
    }

    List<String> failed() {
      return evidence().stream()
          .filter(each -> each.verdict() == Verdict.FAILED)
          .map(Evidence::checked)
          .toList();
    }

    @Override
    public void close() {
      targets.close();
      run.close();
      model.close();
    }
  }
}
