package dev.loupe.instrument.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.RandomAlmanacModel;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.YearGraph.LayerEdges;
import dev.loupe.instrument.trace.AttributionGraph;
import dev.loupe.instrument.trace.Node;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Run;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YearGraphTest {
  /** Relative: edges are kept in float32. */
  private static final double TOLERANCE = 1e-5;

  @TempDir static Path folder;
  private static LanguageModel model;
  private static YearTokens years;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder);
    years = YearTokens.of(model.tokenizer());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static List<LayerEdges> edges(FeatureBasis basis, YearPrompt prompt) {
    try (YearGraph graph = new YearGraph(model.transformer(), basis, years)) {
      return graph.of(prompt, null, true);
    }
  }

  /** Another instrument's graph of the same prompt: its edges into the logit and from YY. */
  @Test
  void neuronsHaveTheEdgesOfATrace() {
    assertEqualsTheTrace(NeuronBasis.of(model.transformer()), null);
  }

  @Test
  void featuresHaveTheEdgesOfATrace() {
    for (Dictionary dictionary : TinyStudy.dictionaries()) {
      boolean isApart =
          Set.of(Site.MLP_OUT, Site.ATTN_OUT).contains(dictionary.writes(0).getFirst().site());
      if (isApart) { // on the stream a graph stops at the next layer's features
        assertEqualsTheTrace(dictionary.computingIn(DType.F64), dictionary);
      }
    }
  }

  private static void assertEqualsTheTrace(FeatureBasis basis, @Nullable Dictionary dictionary) {
    YearPrompt prompt = TinyStudy.prompt(model, "war", 42);
    TraceRequest all =
        TraceRequest.of(prompt.asked().text())
            .withTarget("55")
            .withCoverage(1)
            .withMaxNodes(100_000);
    TraceReport report =
        new Trace()
            .ask(
                all,
                dictionary == null
                    ? Subject.of(model, () -> "")
                    : Subject.of(model, () -> "", NamedBasis.of(dictionary, model.transformer())),
                Run.silent(0))
            .answer();
    AttributionGraph graph = report.graph();
    List<LayerEdges> edges = edges(basis, prompt);
    int logit = -1;
    for (int node = 0; node < graph.nodes().size(); node++) {
      logit = graph.nodes().get(node) instanceof Node.Logit ? node : logit;
    }
    int column = Arrays.binarySearch(columns(basis), 55);
    double[] fromYear = fromYear(graph, prompt.yearPosition());
    int compared = 0;
    for (int node = 0; node < graph.nodes().size(); node++) {
      if (graph.nodes().get(node) instanceof Node.Feature feature
          && feature.position() == prompt.end()) {
        LayerEdges layer =
            edges.stream()
                .filter(each -> each.layer() == feature.layer())
                .findFirst()
                .orElseThrow();
        int index = Arrays.binarySearch(layer.features(), feature.unit());
        assertClose(feature.activation(), layer.values()[index], feature.activation());
        double edge = graph.edges().weight(logit, node);
        assertClose(edge, layer.edge(index, column), edge);
        assertClose(fromYear[node], layer.fromYear()[index], feature.activation());
        compared++;
      }
    }
    assertTrue(compared > 5, compared + " features of the trace at the last position");
  }

  /** The part of each feature's activation that comes from a position over all paths of a graph. */
  private static double[] fromYear(AttributionGraph graph, int year) {
    double[] parts = new double[graph.nodes().size()];
    for (int layer = 0; layer < RandomAlmanacModel.LAYERS; layer++) {
      for (int node = 0; node < parts.length; node++) {
        if (graph.nodes().get(node) instanceof Node.Feature feature && feature.layer() == layer) {
          double read = 0;
          for (int source = 0; source < parts.length; source++) {
            double edge = graph.edges().weight(node, source);
            read +=
                switch (graph.nodes().get(source)) {
                  case Node.Feature other ->
                      other.activation() == 0 ? 0 : edge * parts[source] / other.activation();
                  case Node.Token token -> token.position() == year ? edge : 0;
                  case Node.PositionEmbedding place -> place.position() == year ? edge : 0;
                  case Node.ReconstructionError error -> error.position() == year ? edge : 0;
                  default -> 0;
                };
          }
          parts[node] = feature.gain() * read;
        }
      }
    }
    return parts;
  }

  private static void assertClose(double expected, double actual, double size) {
    assertEquals(expected, actual, TOLERANCE * Math.max(1, Math.abs(size)));
  }

  /** In every basis the edges are what taking features away does when all else is held. */
  @Test
  void edgesAreWhatTakingAwayDoes() {
    YearPrompt prompt = TinyStudy.prompt(model, "reign", 17);
    for (Dictionary dictionary : TinyStudy.dictionaries()) {
      FeatureBasis basis = dictionary.computingIn(DType.F64);
      Evidence evidence =
          new EdgeTest(model.transformer(), basis, years)
              .check(prompt, edges(basis, prompt), columns(basis));
      assertEquals(Verdict.PASSED, evidence.verdict(), Place.name(basis.reads(0)) + evidence);
    }
  }

  private static int[] columns(FeatureBasis basis) {
    try (YearGraph graph = new YearGraph(model.transformer(), basis, years)) {
      return graph.years();
    }
  }

  @Test
  void theFeaturesThatAreWantedAreTheSame() {
    FeatureBasis basis = TinyStudy.dictionaries().getFirst().computingIn(DType.F64);
    YearPrompt prompt = TinyStudy.prompt(model, "war", 80);
    LayerEdges all = edges(basis, prompt).get(1);
    int wanted = all.features()[all.features().length / 2];
    try (YearGraph graph = new YearGraph(model.transformer(), basis, years)) {
      List<LayerEdges> some = graph.of(prompt, Map.of(1, Set.of(wanted)), false);
      assertEquals(0, some.get(0).features().length);
      assertArrayEquals(new int[] {wanted}, some.get(1).features());
      assertArrayEquals(all.perUnit()[all.features().length / 2], some.get(1).perUnit()[0], 1e-5f);
    }
  }

  @Test
  void aDictionaryAsideOfTheStreamIsRefused() {
    Dictionary aside =
        RandomDictionary.of(
            new RandomDictionary(1, DType.F32)
                .layer(
                    new Place(new Tap(Site.ATTN_IN, 0), new Tap(Site.ATTN_IN, 0)),
                    false,
                    new Selection.Relu(),
                    false));
    LoupeException refused =
        assertThrows(LoupeException.class, () -> new YearGraph(model.transformer(), aside, years));
    assertTrue(refused.getMessage().contains("attn_in.0"), refused.getMessage());
  }
}
