package dev.loupe.instrument.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.YearGraph.LayerEdges;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole study of a tiny model. */
class GreaterThanTest {
  private static final List<Asked> ASKED = TinyStudy.ASKED;

  @TempDir static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static GreaterThanRequest request(int top) {
    return new GreaterThanRequest(ASKED, "a test", top, 1, 3);
  }

  private static Finding<GreaterThanReport> study(FeatureBasis basis, GreaterThanRequest request) {
    return new GreaterThan().ask(request, subject(basis), Run.silent(5));
  }

  private static Subject subject(FeatureBasis basis) {
    return Subject.of(model, () -> "ab12", new NamedBasis(basis, "basis"));
  }

  private static FeatureBasis crossing() {
    Dictionary dictionary = TinyStudy.dictionaries().getFirst();
    return dictionary.computingIn(DType.F64);
  }

  @Test
  void everyBasisIsStudied() {
    Stream.concat(
            Stream.of(NeuronBasis.of(model.transformer())),
            TinyStudy.dictionaries().stream().map(each -> each.computingIn(DType.F64)))
        .forEach(basis -> {
          Finding<GreaterThanReport> finding = study(basis, request(12));
          GreaterThanReport report = finding.answer();
          assertEquals(Verdict.PASSED, finding.evidence().getFirst().verdict(), report.toString());
          assertEquals(8, report.prompts());
          assertEquals(4, report.tested());
          assertTrue(report.features().size() > 3, report.features().size() + " features");
          assertEquals(3 * 3, report.components().size());
        });
  }

  /** A map is the mean of the edges of its prompts. */
  @Test
  void mapsAreMeansOfEdges() {
    FeatureBasis basis = crossing();
    GreaterThanReport report = study(basis, request(10)).answer();
    YearTokens years = YearTokens.of(model.tokenizer());
    try (YearGraph graph = new YearGraph(model.transformer(), basis, years)) {
      for (GreaterThanReport.Feature feature : report.features()) {
        GreaterThanReport.Row row = feature.rows().get(2);
        assertEquals(60, row.year());
        double[] sums = new double[report.columns().size()];
        double activation = 0;
        for (String noun : List.of("war", "reign")) {
          LayerEdges layer =
              graph.of(TinyStudy.prompt(model, noun, 60), null, false).get(feature.unit().layer());
          int index = Arrays.binarySearch(layer.features(), feature.unit().feature());
          if (index >= 0) {
            activation += layer.values()[index] / 2;
            for (int i = 0; i < sums.length; i++) {
              sums[i] += layer.edge(index, i) / 2;
            }
          }
        }
        assertEquals(activation, row.activation(), 1e-5);
        for (int i = 0; i < sums.length; i++) {
          assertEquals(sums[i], row.attributions().get(i), 1e-5);
        }
      }
    }
  }

  @Test
  void behaviourIsWhatTheFormulasSay() {
    GreaterThanReport report = study(NeuronBasis.of(model.transformer()), request(5)).answer();
    double whole = report.behaviour().difference().value();
    double byYear =
        report.behaviour().years().stream()
            .mapToDouble(year -> year.difference().value())
            .average()
            .orElseThrow();
    assertEquals(byYear, whole, 1e-9);
    assertTrue(report.behaviour().difference().low() <= whole);
    assertTrue(report.behaviour().difference().high() >= whole);
  }

  @Test
  void scoresCountYearsOnBothSides() {
    YearTokens years = YearTokens.of(IntStream.range(0, 100).toArray());
    float[] probabilities = new float[100];
    probabilities[41] = 0.1f;
    probabilities[42] = 0.2f;
    probabilities[43] = 0.3f;
    probabilities[99] = 0.25f;
    YearTokens.Score score = years.score(probabilities, 42);
    assertEquals(0.3 + 0.25 - 0.1 - 0.2, score.difference(), 1e-6);
    assertEquals(0.3 - 0.1, score.sharpness(), 1e-6);
    assertEquals(1, years.earliest());
    assertEquals(
        5, YearTokens.of(IntStream.range(0, 100).map(y -> y < 5 ? -1 : y).toArray()).earliest());
  }

  @Test
  void theStrongestComeFirstAndGroupsAreTheirs() {
    GreaterThanReport report = study(crossing(), request(25)).answer();
    for (int i = 1; i < report.features().size(); i++) {
      assertTrue(report.features().get(i - 1).strength() >= report.features().get(i).strength());
    }
    Map<String, List<FeatureId>> groups = GroupTests.groups(report.features());
    assertEquals(10, groups.getOrDefault("top 10", List.of()).size());
    assertEquals(
        report.features().get(0).unit(), groups.getOrDefault("top 20", List.of()).getFirst());
    assertEquals(report.features().size(), groups.getOrDefault("top 25", List.of()).size());
    Map<FeatureClass, Integer> kinds = new EnumMap<>(FeatureClass.class);
    report.features().forEach(each -> kinds.merge(each.kind(), 1, Integer::sum));
    kinds.forEach(
        (kind, count) -> assertEquals(count, groups.getOrDefault(kind.label(), List.of()).size()));
    assertEquals(3 + kinds.size(), groups.size());
    for (GreaterThanReport.Ablation ablation : report.ablations()) {
      assertEquals(
          ablation.excess().value(), ablation.fall().value() - ablation.randomFall().value(), 1e-9);
      assertEquals(3, ablation.draws().size());
    }
  }

  @Test
  void randomGroupsAreOfActiveFeaturesOnly() {
    FeatureBasis basis = crossing();
    FeatureRanking ranking = new FeatureRanking(basis);
    YearTokens years = YearTokens.of(model.tokenizer());
    Set<FeatureId> active = new HashSet<>();
    try (YearGraph graph = new YearGraph(model.transformer(), basis, years)) {
      List<LayerEdges> edges = graph.of(TinyStudy.prompt(model, "war", 33), null, true);
      ranking.add(edges);
      edges.forEach(layer ->
          Arrays.stream(layer.features())
              .forEach(feature -> active.add(new FeatureId(layer.layer(), feature))));
    }
    assertEquals(active.size(), ranking.everActive());
    FeatureId top = ranking.top(1).getFirst().unit();
    List<FeatureId> drawn = ranking.random(10, Set.of(top), new Random(1));
    assertEquals(10, new HashSet<>(drawn).size());
    assertTrue(active.containsAll(drawn));
    assertTrue(!drawn.contains(top));
    assertEquals(drawn, ranking.random(10, Set.of(top), new Random(1)));
    assertEquals(active.size() - 1, ranking.random(9999, Set.of(top), new Random(1)).size());
  }

  @Test
  void theJsonHoldsAllNumbers() {
    Finding<GreaterThanReport> finding = study(crossing(), request(10));
    GreaterThanReport report = finding.answer();
    JsonNode json = JsonMapper.shared().readTree(FindingJson.of(finding));
    assertEquals("loupe.greater-than/1", json.path("schema").asString());
    assertEquals(report.features().size(), json.path("features").size());
    JsonNode first = json.at("/features/0");
    GreaterThanReport.Feature feature = report.features().getFirst();
    double step = first.at("/map/step").asDouble();
    for (int row = 0; row < feature.rows().size(); row++) {
      for (int column = 0; column < report.columns().size(); column++) {
        assertEquals(
            feature.rows().get(row).attributions().get(column),
            step * first.at("/map/rows/" + row + "/" + column).asInt(),
            0.51 * step);
      }
    }
    assertEquals(report.ablations().size(), json.path("ablations").size());
    assertEquals(report.components().size(), json.path("components").size());
    assertTrue(json.at("/provenance/inputs/0/sha256").asString().equals("ab12"));
  }

  @Test
  void anEstimateDoesNotRunTheStudy() {
    Cost cost = new GreaterThan().estimate(request(10), subject(crossing()), Run.silent(5));
    assertTrue(cost.work().startsWith("8 prompts, 4 of them tested"), cost.work());
    assertTrue(cost.seconds() > 0 && cost.memoryBytes() > 0);
  }

  @Test
  void nounsAreAskedForEveryYearThatTheTokenizerSplits() {
    List<Asked> asked = Asked.of(TinyStudy.NOUNS, 2, model.tokenizer(), 3);
    assertEquals(2 * (Asked.LAST - Asked.FIRST + 1), asked.size());
    assertEquals(asked, Asked.of(TinyStudy.NOUNS, 2, model.tokenizer(), 3));
    LoupeException tooFew =
        assertThrows(
            LoupeException.class, () -> Asked.of(TinyStudy.NOUNS, 5, model.tokenizer(), 3));
    assertTrue(tooFew.getMessage().contains("there are 4"), tooFew.getMessage());
  }

  @Test
  void aYearThatIsNotSplitIsSaid() {
    Asked asked = new Asked("war", "The war lasted from the year 742 to the year 7", 42);
    LoupeException refused =
        assertThrows(
            LoupeException.class,
            () ->
                study(
                    NeuronBasis.of(model.transformer()),
                    new GreaterThanRequest(List.of(asked), "a test", 5, 1, 1)));
    assertTrue(refused.getMessage().contains("does not split years"), refused.getMessage());
    assertThrows(LoupeException.class, () -> new GreaterThanRequest(List.of(), "a test", 5, 1, 1));
  }
}
