package dev.loupe.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.examination.ConceptsReport;
import dev.loupe.examination.LawReport;
import dev.loupe.instrument.audit.AskModelReport;
import dev.loupe.instrument.audit.BoundReport;
import dev.loupe.instrument.audit.VerifyReport;
import dev.loupe.instrument.audit.WatchReport;
import dev.loupe.instrument.circuit.CircuitReport;
import dev.loupe.instrument.circuit.CompareCircuitsReport;
import dev.loupe.instrument.dictionary.DictionaryTraining;
import dev.loupe.instrument.dictionary.EvaluationReport;
import dev.loupe.instrument.explain.ContrastReport;
import dev.loupe.instrument.explain.ExplainReport;
import dev.loupe.instrument.explain.HighlightReport;
import dev.loupe.instrument.features.IndexReport;
import dev.loupe.instrument.features.LabelReport;
import dev.loupe.instrument.features.SearchReport;
import dev.loupe.instrument.geometry.MapReport;
import dev.loupe.instrument.geometry.MatchReport;
import dev.loupe.instrument.geometry.NeighboursReport;
import dev.loupe.instrument.geometry.NeuronsReport;
import dev.loupe.instrument.geometry.SplitReport;
import dev.loupe.instrument.influence.AskQuestionsReport;
import dev.loupe.instrument.influence.AskReport;
import dev.loupe.instrument.influence.CompareInfluenceReport;
import dev.loupe.instrument.influence.FitReport;
import dev.loupe.instrument.influence.ValidateReport;
import dev.loupe.instrument.lens.LensReport;
import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.statistics.Estimate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page's types are those of the records; {@code -Dloupe.write=true} makes them anew. */
class TypeScriptTypesTest {
  /**
   * Records by the file of {@code loupe-web/src/api} that declares them; an answer that is written
   * as a record is one line more. Types of the first are imported by the others. Those of {@code
   * trace}, {@code features} and {@code greater-than} are written by hand: their JSON is too large
   * as records, or has Neuronpedia's spelling. {@link dev.loupe.TypeScriptExamplesTest} holds them
   * to real JSON.
   */
  private static final SequencedMap<String, List<Class<?>>> FILES = new LinkedHashMap<>();

  static {
    FILES.put("finding", List.of(Finding.class));
    FILES.put("lens", List.of(LensReport.class));
    FILES.put("circuit", List.of(CircuitReport.class));
    FILES.put("circuit-compare", List.of(CompareCircuitsReport.class));
    FILES.put("steer", List.of(SteerReport.class));
    FILES.put("training", List.of(TrainingReport.class));
    FILES.put(
        "dictionary", List.of(EvaluationReport.Written.class, DictionaryTraining.Measured.class));
    FILES.put("features-index", List.of(IndexReport.class));
    FILES.put("features-search", List.of(SearchReport.OnText.class, SearchReport.OnToken.class));
    FILES.put("features-labels", List.of(LabelReport.class));
    FILES.put("features-map", List.of(MapReport.class));
    FILES.put(
        "influence",
        List.of(
            FitReport.class,
            AskReport.class,
            AskQuestionsReport.class,
            CompareInfluenceReport.class,
            ValidateReport.class));
    FILES.put("explain", List.of(ExplainReport.class));
    FILES.put("explain-highlight", List.of(HighlightReport.class));
    FILES.put("explain-contrast", List.of(ContrastReport.class));
    FILES.put(
        "geometry",
        List.of(
            NeighboursReport.class,
            MatchReport.class,
            SplitReport.class,
            NeuronsReport.class,
            LawReport.class,
            ConceptsReport.class));
    FILES.put("audit", List.of(AskModelReport.class, BoundReport.class));
    FILES.put("audit-watch", List.of(WatchReport.class));
    FILES.put("audit-verify", List.of(VerifyReport.class));
  }

  private static final String HEAD =
      """
      // Made from Java records by TypeScriptTypesTest (-Dloupe.write=true); not written by hand. Numbers that may be undefined are null.
      """;

  @Test
  void theCommittedTypesAreThoseOfTheRecords() throws IOException {
    Path folder = Path.of(System.getProperty("loupe.root", "..")).resolve("loupe-web/src/api");
    Map<Class<?>, String> known = new HashMap<>();
    for (Map.Entry<String, List<Class<?>>> each : FILES.entrySet()) {
      String text = TypeScriptTypes.file(HEAD, known, each.getValue());
      if (known.isEmpty()) {
        TypeScriptTypes.declaredBy(each.getValue()).forEach(type -> known.put(type, each.getKey()));
      }
      Path file = folder.resolve(each.getKey() + ".ts");
      if (Boolean.getBoolean("loupe.write")) {
        Files.writeString(file, text);
      }
      assertEquals(text, Files.readString(file), file + ": make it anew with -Dloupe.write=true");
    }
  }

  private record Answer(
      int whole,
      double measured,
      String text,
      boolean flag,
      Verdict verdict,
      List<Integer> list,
      List<Double> figures,
      Map<String, Long> sizes,
      Optional<String> maybe,
      OptionalInt position,
      Estimate estimate,
      Object any) {}

  private static final Answer ANSWER =
      new Answer(
          1,
          Double.NaN,
          "t",
          true,
          Verdict.NOTED,
          List.of(1),
          List.of(0.5),
          Map.of("a", 1L),
          Optional.empty(),
          OptionalInt.empty(),
          Estimate.exactly(2, "nats"),
          "x");

  @Test
  void everyKindOfComponentHasItsType() {
    String text = TypeScriptTypes.file("", Map.of(), List.of(Answer.class));
    assertTrue(
        text.endsWith(
            """
            export interface Answer {
              readonly whole: number;
              readonly measured: number | null;
              readonly text: string;
              readonly flag: boolean;
              readonly verdict: Verdict;
              readonly list: readonly number[];
              readonly figures: readonly (number | null)[];
              readonly sizes: Readonly<Record<string, number>>;
              readonly maybe: string | null;
              readonly position: number | null;
              readonly estimate: Estimate;
              readonly any: unknown;
            }
            """),
        text);
    assertTrue(
        text.startsWith("\nexport type Verdict = \"PASSED\" | \"FAILED\" | \"NOTED\";\n"), text);
  }

  private record Own() implements JsonAnswer {
    @Override
    public void writeProperties(JsonGenerator json) {}
  }

  private record Unknown(Thread any) {}

  @Test
  void whatIsNotWrittenAsARecordIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> TypeScriptTypes.file("", Map.of(), List.of(Own.class)));
    assertThrows(
        IllegalArgumentException.class,
        () -> TypeScriptTypes.file("", Map.of(), List.of(Unknown.class)));
  }

  /** The envelope is written by hand and its answer by Jackson: both have the records' names. */
  @Test
  void findingsAreWrittenWithThePropertiesOfTheirRecords() {
    Provenance provenance =
        new Provenance(
            List.of(new Provenance.Input("model", "ab")), 1, "f32", "cpu", "1", "25", "2", 0.5);
    Evidence evidence =
        Evidence.noted("it is", Support.KNOWN, new Estimate(1, 0, 2, 0.95, "nats"), "note");
    JsonNode json =
        JsonMapper.shared()
            .readTree(
                FindingJson.of(
                    new Finding<>(
                        "loupe.test/1",
                        "What?",
                        ANSWER,
                        List.of(evidence),
                        List.of("caveat"),
                        provenance)));
    Set<String> expected = new TreeSet<>(names(Finding.class));
    expected.remove("answer");
    expected.addAll(names(Answer.class));
    assertEquals(expected, keys(json));
    assertEquals(names(Evidence.class), keys(json.path("evidence").path(0)));
    assertEquals(names(Estimate.class), keys(json.path("evidence").path(0).path("measured")));
    assertEquals(names(Estimate.class), keys(json.path("estimate")));
    assertEquals(names(Provenance.class), keys(json.path("provenance")));
    assertEquals(
        names(Provenance.Input.class), keys(json.path("provenance").path("inputs").path(0)));
    Stream.of("measured", "maybe", "position")
        .forEach(name -> assertTrue(json.path(name).isNull(), name));
  }

  private static Set<String> names(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(component -> component.getName())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> keys(JsonNode node) {
    return node.properties().stream()
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
