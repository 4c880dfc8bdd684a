package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TraceJsonTest {
  private static final TraceReport REPORT = SampleReport.of(RandomGraph.of(3));

  private static String text() {
    StringWriter text = new StringWriter();
    TraceJson.write(REPORT, text);
    return text.toString();
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
    TraceJson.write(REPORT, file);
    assertEquals(text(), Files.readString(file));
  }

  @Test
  void labelsAreWords() {
    List<Node> nodes = REPORT.graph().nodes();
    assertEquals("promotes Paris, \"Lyon\"", REPORT.label(0));
    assertEquals(" b", REPORT.label(nodes.indexOf(new Node.Token(1, 11))));
    assertEquals("5 other neurons", REPORT.label(nodes.indexOf(new Node.Remainder(1, 1, 5))));
    assertEquals(" Paris", REPORT.label(nodes.size() - 2));
  }
}
