package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TraceJsonTest {
  private static final Finding<TraceReport> FINDING = SampleReport.of(RandomGraph.of(3));
  private static final TraceReport REPORT = FINDING.answer();

  private static String text() {
    return FindingJson.of(FINDING);
  }

  private static JsonNode json() {
    return new JsonMapper().readTree(text());
  }

  @Test
  void hasEveryPartOfTheSchema() {
    assertEquals(
        List.of(
            "schema",
            "question",
            "model",
            "basis",
            "prompt",
            "at",
            "predictions",
            "settings",
            "nodes",
            "edges",
            "groups",
            "paths",
            "totals",
            "evidence",
            "caveats",
            "provenance"),
        json().propertyStream().map(Map.Entry::getKey).toList());
    assertEquals("loupe.trace/1", json().get("schema").asString());
    Set<String> kinds = new TreeSet<>();
    json().get("nodes").forEach(node -> kinds.add(node.get("kind").asString()));
    assertEquals(
        Set.of(
            "token",
            "neuron",
            "position",
            "attentionBias",
            "mlpBias",
            "ownBias",
            "remainder",
            "logit"),
        kinds);
  }

  @Test
  void whatATargetShowsAndHidesSumsToItsValue() {
    Map<Integer, Double> shown = new HashMap<>();
    json()
        .get("edges")
        .forEach(edge ->
            shown.merge(edge.get("target").asInt(), edge.get("weight").asDouble(), Double::sum));
    int targets = 0;
    for (JsonNode node : json().get("nodes")) {
      if (node.has("inputs")) {
        targets++;
        JsonNode inputs = node.get("inputs");
        double sum = inputs.get("shown").asDouble() + inputs.get("hidden").asDouble();
        double scale = 1 + Math.abs(inputs.get("shown").asDouble());
        assertEquals(node.get("value").asDouble(), sum, 1e-6 * scale);
        assertEquals(
            shown.getOrDefault(node.get("id").asInt(), 0.0),
            inputs.get("shown").asDouble(),
            1e-6 * scale);
      }
    }
    assertTrue(targets > 2);
  }

  @Test
  void edgesGroupsAndPathsNameShownNodesOnly() {
    Set<Integer> ids = new HashSet<>();
    json().get("nodes").forEach(node -> assertTrue(ids.add(node.get("id").asInt())));
    JsonNode json = json();
    assertFalse(json.get("edges").isEmpty());
    json.get("edges").forEach(edge -> assertTrue(ids.contains(edge.get("source").asInt())));
    json.get("edges").forEach(edge -> assertTrue(ids.contains(edge.get("target").asInt())));
    assertFalse(json.get("groups").isEmpty());
    for (JsonNode group : json.get("groups")) {
      for (JsonNode member : group.get("members")) {
        JsonNode node =
            json.get("nodes")
                .valueStream()
                .filter(each -> each.get("id").equals(member))
                .findFirst()
                .orElseThrow();
        assertEquals(group.get("id"), node.get("group"));
        assertEquals(group.get("layer"), node.get("layer"));
      }
    }
    assertFalse(json.get("paths").isEmpty());
    for (JsonNode path : json.get("paths")) {
      path.get("nodes").forEach(node -> assertTrue(ids.contains(node.asInt())));
    }
  }

  @Test
  void sharesOfTheTotalsSumToOne() {
    JsonNode totals = json().get("totals");
    double sum = 0;
    for (String share : List.of("listedShare", "biasShare", "remainderShare")) {
      sum += totals.get(share).asDouble();
    }
    assertEquals(1, sum, 1e-6);
    assertEquals(json().get("nodes").size(), totals.get("shownNodes").asInt());
    assertEquals(36, totals.get("listedNodes").asInt());
  }

  @Test
  void sameReportSameBytes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("new/trace.json");
    FindingJson.write(FINDING, file);
    assertEquals(text(), Files.readString(file));
  }

  @Test
  void labelsAreWords() {
    List<Node> nodes = REPORT.graph().nodes();
    assertEquals("promotes Paris", REPORT.label(0));
    assertEquals(" b", REPORT.label(nodes.indexOf(new Node.Token(1, 11))));
    assertEquals("5 other neurons", REPORT.label(nodes.indexOf(new Node.Remainder(1, 1, 5))));
    assertEquals(" Paris", REPORT.label(nodes.size() - 2));
  }

  @Test
  void aPathTellsTheNeuronItGoesThroughAndThatNeuronsInfluence() {
    JsonNode json = json();
    Map<Integer, Double> influence = new HashMap<>();
    for (JsonNode node : json.get("nodes")) {
      influence.put(node.get("id").asInt(), node.get("influence").asDouble());
    }
    for (JsonNode path : json.get("paths")) {
      int through = path.get("through").asInt();
      assertTrue(path.get("nodes").valueStream().anyMatch(node -> node.asInt() == through));
      assertEquals(influence.get(through), path.get("influence").asDouble());
    }
  }

  @Test
  void constantsOfNothingAreNotListed() {
    List<Node> nodes =
        List.of(
            new Node.Token(0, 10),
            new Node.AttentionBias(0),
            new Node.MlpBias(0),
            new Node.Remainder(0, 0, 8),
            new Node.Logit(7, -1, 0.7f, 3, 0.7f));
    float[][] rows = new float[5][0];
    float[][] masses = new float[5][0];
    rows[4] = new float[] {2, 0, 0.5f, 0.5f, 0};
    masses[4] = new float[] {0.5f};
    Finding<TraceReport> finding =
        SampleReport.of(new AttributionGraph(nodes, new EdgeMatrix(rows, masses, 3)));
    TraceReport report = finding.answer();
    assertTrue(report.pruned().shows(1));
    assertFalse(report.shows(1));
    assertTrue(report.shows(2));
    assertEquals(report.pruned().shownNodes() - 1, report.shownNodes());
    String text = FindingJson.of(finding);
    assertFalse(text.contains("attentionBias"));
    assertTrue(text.contains("mlpBias"));
  }

  @Test
  void wordsPassOverTokensWithoutALetterUnlessThereIsNoOther() {
    assertEquals("promotes Paris", meaning(0.9, " ,", " Paris", "\n").says(3));
    assertEquals("promotes ,, --", meaning(0.9, ",", " --").says(3));
    assertEquals("", TraceReport.Meaning.NONE.says(3));
  }

  @Test
  void wordsPassOverTheMiddlesOfWordsAndSayNothingWhereThereIsNothingElse() {
    assertEquals(
        "promotes Wikipedia, Paris", meaning(0.9, "ikipedia", "Wikipedia", " Paris").says(3));
    assertEquals("promotes 1789, 巴黎", meaning(0.9, "ipp", "1789", "巴黎", "don't").says(3));
    assertEquals("", meaning(0.9, "ikipedia", "accred", ",").says(3));
  }

  @Test
  void theClearlyLargerSideSpeaks() {
    TraceReport.Meaning meaning = meaning(0.2, " Paris");
    assertTrue(meaning.mostlySuppresses());
    assertEquals("suppresses London", meaning.says(3));
    assertEquals("promotes Paris", meaning.alsoSays(3));
    assertEquals("promotes Paris", meaning(0.39, " Paris").says(3));
  }

  private static TraceReport.Meaning meaning(double weight, String... promotes) {
    return new TraceReport.Meaning(
        Arrays.stream(promotes).map(text -> new TraceReport.TokenWeight(text, weight)).toList(),
        List.of(new TraceReport.TokenWeight(" London", -0.4)),
        Optional.empty());
  }
}
