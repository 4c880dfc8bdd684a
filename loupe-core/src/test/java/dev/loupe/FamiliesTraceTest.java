package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.trace.AttributionGraph;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.report.Finding;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
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

  private void trace(ModelFixture fixture, DType dtype, double tolerance) throws IOException {
    int vocabulary;
    try (var model = fixture.open(dtype)) {
      vocabulary = model.config().vocabulary();
    }
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(fixture.folder().resolve(file), folder.resolve(file));
    }
    Files.writeString(folder.resolve("tokenizer.json"), words(vocabulary));
    // The longest prompt of the fixture, which every window cuts.
    int[] ids = fixture.prompt(2);
    String prompt = Arrays.stream(ids).mapToObj(id -> "t" + id).collect(Collectors.joining(" "));
    try (LanguageModel model = LanguageModel.open(folder, LoadOptions.of(dtype))) {
      assertEquals(ids.length, model.encode(prompt).ids().length);
      Finding<TraceReport> report = Loupe.trace(model, TraceRequest.of(prompt).withMaxNodes(60));
      assertTrue(report.evidence().stream().anyMatch(each -> each.verdict() == Verdict.PASSED));
      assertAll(
          report.evidence().stream()
              .map(each -> () -> assertTrue(each.verdict() != Verdict.FAILED, each::toString)));
      assertSumsClose(report.answer(), tolerance);
    }
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
