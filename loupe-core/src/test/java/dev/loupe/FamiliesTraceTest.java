package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.steer.Steer;
import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.instrument.trace.AttributionGraph;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A whole trace, as its users ask for it, of every further family and of the folders that
 * transformers 5 saves: all sums close. Families that Loupe does not run yet are skips with their
 * names.
 */
@Tag("oracle")
class FamiliesTraceTest {
  @TempDir Path folder;

  static List<ModelFixture> fixtures() {
    return ModelFixture.all().stream()
        .filter(fixture -> fixture.folder().toString().contains("families"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void everySumClosesInFloat32(ModelFixture fixture) throws IOException {
    trace(fixture, DType.F32, 1e-4);
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void everySumClosesInFloat64(ModelFixture fixture) throws IOException {
    // The edges themselves are kept in float32.
    trace(fixture, DType.F64, 1e-5);
  }

  /** A unit of a mixture is spelt by its expert, and {@code steer} takes that spelling. */
  @ParameterizedTest
  @MethodSource("fixtures")
  void aNeuronOfAMixtureIsSpeltByItsExpert(ModelFixture fixture) throws IOException {
    String prompt = prepare(fixture, DType.F64);
    try (LanguageModel model = LanguageModel.open(folder, LoadOptions.of(DType.F64))) {
      assumeTrue(!model.transformer().config().mixtures().isEmpty(), "no mixture");
      TraceReport report =
          Loupe.trace(
                  model, TraceRequest.of(prompt).withMaxNodes(60).withSets(TraceRequest.Sets.QUICK))
              .answer();
      Node.Feature feature = first(report);
      FeatureAt address = report.address(feature);
      int expert = address.id().expert().orElseThrow();
      try (FrozenRun run = FrozenRun.of(model.transformer(), model.encode(prompt).ids());
          var _ = NativeScope.open()) {
        double weight =
            run.routerWeights(feature.layer())
                .select(0, feature.position())
                .select(0, expert)
                .toDoubles()[0];
        assertTrue(weight != 0, address + " is of an expert that was not chosen");
      }
      Set<Integer> mixtures = model.transformer().config().mixtures().keySet();
      for (String each : report.tests().orElseThrow().sets().first()) {
        FeatureId id = FeatureAt.parse(each).id();
        assertEquals(mixtures.contains(id.layer()), id.expert().isPresent(), each);
      }
      JsonMapper.shared()
          .readTree(FindingJson.of(Loupe.trace(model, TraceRequest.of(prompt))))
          .at("/answer/nodes")
          .valueStream()
          .filter(node -> node.has("unit"))
          .forEach(node ->
              assertEquals(
                  mixtures.contains(node.get("layer").intValue()),
                  node.has("expert") && node.has("neuron"),
                  node::toString));
      SteerReport byExpert = ablated(model, prompt, address);
      assertEquals(address.id().toString(), byExpert.changes().getFirst().name());
      assertEquals(byExpert.predictions(), ablated(model, prompt, feature.address()).predictions());
    }
  }

  private static Node.Feature first(TraceReport report) {
    return report.graph().nodes().stream()
        .flatMap(node -> node instanceof Node.Feature feature ? Stream.of(feature) : Stream.empty())
        .filter(feature -> report.address(feature).id().expert().isPresent())
        .findFirst()
        .orElseThrow();
  }

  private static SteerReport ablated(LanguageModel model, String prompt, FeatureAt unit) {
    var change =
        new SteerRequest.Change(
            unit.id(),
            OptionalInt.of(unit.position()),
            Optional.of(new FeatureChange.Action.Set(0)));
    return Loupe.ask(new Steer(), SteerRequest.of(prompt, change), Loupe.subject(model)).answer();
  }

  private void trace(ModelFixture fixture, DType dtype, double tolerance) throws IOException {
    String prompt = prepare(fixture, dtype);
    try (LanguageModel model = LanguageModel.open(folder, LoadOptions.of(dtype))) {
      assertEquals(fixture.prompt(2).length, model.encode(prompt).ids().length);
      Finding<TraceReport> report = Loupe.trace(model, TraceRequest.of(prompt).withMaxNodes(60));
      assertTrue(report.evidence().stream().anyMatch(each -> each.verdict() == Verdict.PASSED));
      assertAll(
          report.evidence().stream()
              .map(each -> () -> assertTrue(each.verdict() != Verdict.FAILED, each::toString)));
      assertSumsClose(report.answer(), tolerance);
    }
  }

  /**
   * Makes a folder of the fixture with a tokenizer of one word a token.
   *
   * @return its longest prompt, which every window cuts
   */
  private String prepare(ModelFixture fixture, DType dtype) throws IOException {
    int vocabulary;
    try (var model = fixture.open(dtype)) {
      vocabulary = model.config().vocabulary();
    }
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(fixture.folder().resolve(file), folder.resolve(file));
    }
    Files.writeString(folder.resolve("tokenizer.json"), words(vocabulary));
    return Arrays.stream(fixture.prompt(2))
        .mapToObj(id -> "t" + id)
        .collect(Collectors.joining(" "));
  }

  private static void assertSumsClose(TraceReport report, double tolerance) {
    AttributionGraph graph = report.graph();
    for (int target = 0; target < graph.nodes().size(); target++) {
      if (graph.edges().isTarget(target)) {
        double sum = 0;
        double size = 0;
        for (int source = 0; source < graph.nodes().size(); source++) {
          double edge = graph.edges().weight(target, source);
          sum += edge;
          size += Math.abs(edge);
        }
        float value = Node.targetValue(graph.nodes().get(target));
        assertEquals(
            value, sum, tolerance * Math.max(Math.abs(value), 0.1 * size), report.label(target));
      }
    }
  }

  /** One word for each token: {@code t0}, {@code t1} and so on. */
  private static String words(int vocabulary) {
    ObjectNode document = JsonMapper.shared().createObjectNode().put("version", "1.0");
    document.putArray("added_tokens");
    document.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
    ObjectNode model = document.putObject("model").put("type", "WordLevel").put("unk_token", "t0");
    ObjectNode words = model.putObject("vocab");
    for (int id = 0; id < vocabulary; id++) {
      words.put("t" + id, id);
    }
    return document.toString();
  }
}
