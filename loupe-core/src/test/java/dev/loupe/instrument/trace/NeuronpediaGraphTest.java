package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.report.Finding;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The rules of graph schema 1.0.0, and what circuit-tracer's front end relies on besides. */
class NeuronpediaGraphTest {
  private static final Finding<TraceReport> FINDING = SampleReport.of(RandomGraph.of(3));
  private static final TraceReport REPORT = FINDING.answer();

  /** The types that the published schema demands, with the fields that it requires. */
  private static final Map<String, Predicate<JsonNode>> NODE =
      Map.of(
          "node_id", JsonNode::isString,
          "feature", node -> node.isIntegralNumber() || node.isNull(),
          "layer", node -> node.isString() || node.isIntegralNumber(),
          "ctx_idx", JsonNode::isIntegralNumber,
          "feature_type", JsonNode::isString,
          "jsNodeId", JsonNode::isString,
          "clerp", JsonNode::isString,
          "influence", node -> node.isNumber() || node.isNull(),
          "activation", node -> node.isNumber() || node.isNull());

  private static final Map<String, Predicate<JsonNode>> LINK =
      Map.of(
          "source", JsonNode::isString, "target", JsonNode::isString, "weight", JsonNode::isNumber);

  private static final Map<String, Predicate<JsonNode>> METADATA =
      Map.of(
          "slug", JsonNode::isString,
          "scan", JsonNode::isString,
          "prompt", JsonNode::isString,
          "prompt_tokens", tokens -> tokens.valueStream().allMatch(JsonNode::isString),
          "node_threshold", JsonNode::isNumber,
          "info", JsonNode::isObject,
          "generation_settings", JsonNode::isObject,
          "pruning_settings", JsonNode::isObject);

  private static final Map<String, Predicate<JsonNode>> STATE =
      Map.of(
          "pinnedIds", ids -> ids.valueStream().allMatch(JsonNode::isString),
          "supernodes", JsonNode::isArray,
          "linkType", JsonNode::isString,
          "clickedId", JsonNode::isString,
          "sg_pos", JsonNode::isString);

  private static JsonNode json() {
    StringWriter text = new StringWriter();
    NeuronpediaGraph.write(FINDING, "tiny-graph", text);
    return new JsonMapper().readTree(text.toString());
  }

  private static void check(JsonNode object, Map<String, Predicate<JsonNode>> fields) {
    fields.forEach((name, isValid) ->
        assertTrue(object.has(name) && isValid.test(object.get(name)), name + " of " + object));
  }

  @Test
  void meetsThePublishedSchema() {
    JsonNode json = json();
    assertEquals(
        List.of("metadata", "qParams", "nodes", "links"),
        json.propertyStream().map(Map.Entry::getKey).toList());
    check(json.get("metadata"), METADATA);
    check(json.get("qParams"), STATE);
    assertFalse(json.get("nodes").isEmpty());
    json.get("nodes").forEach(node -> check(node, NODE));
    assertFalse(json.get("links").isEmpty());
    json.get("links").forEach(link -> check(link, LINK));
  }

  @Test
  void linksNameNodesAndNoTwoNodesShareAnId() {
    JsonNode json = json();
    Set<String> ids = new HashSet<>();
    Set<String> frontEndIds = new HashSet<>();
    for (JsonNode node : json.get("nodes")) {
      assertTrue(ids.add(node.get("node_id").asString()), node.toString());
      if (!node.get("feature_type").asString().equals("cross layer transcoder")) {
        // Those of features name the feature at whatever position.
        assertTrue(frontEndIds.add(node.get("jsNodeId").asString()), node.toString());
      }
    }
    for (JsonNode link : json.get("links")) {
      assertTrue(ids.contains(link.get("source").asString()), link.toString());
      assertTrue(ids.contains(link.get("target").asString()), link.toString());
    }
    assertEquals(REPORT.pruned().shownNodes(), ids.size());
    assertEquals(REPORT.pruned().edges().size(), json.get("links").size());
    assertFalse(json.get("qParams").get("supernodes").isEmpty());
    for (JsonNode group : json.get("qParams").get("supernodes")) {
      for (int i = 1; i < group.size(); i++) {
        assertTrue(ids.contains(group.get(i).asString()));
      }
    }
  }

  @Test
  void namesNodesAsTheFrontEndExpects() {
    Map<String, JsonNode> byId = new HashMap<>();
    json().get("nodes").forEach(node -> byId.put(node.get("node_id").asString(), node));
    JsonNode token = get(byId, "E_11_1");
    assertEquals("embedding", token.get("feature_type").asString());
    assertEquals("E", token.get("layer").asString());
    assertEquals(1, token.get("feature").asInt());
    JsonNode logit = get(byId, "5_7_2");
    assertEquals("logit", logit.get("feature_type").asString());
    assertEquals("5", logit.get("layer").asString());
    assertTrue(logit.get("is_target_logit").asBoolean());
    assertFalse(get(byId, "5_8_2").get("is_target_logit").asBoolean());
    assertEquals("Output \" Paris\" (p=0.700)", logit.get("clerp").asString());
    for (JsonNode node : byId.values()) {
      if (node.get("feature_type").asString().equals("cross layer transcoder")) {
        String[] parts = node.get("node_id").asString().split("_", -1);
        int layer = Integer.parseInt(parts[0]);
        int unit = Integer.parseInt(parts[1]);
        assertEquals((layer + unit) * (layer + unit + 1) / 2 + unit, node.get("feature").asInt());
        assertEquals(layer + "_" + unit + "-0", node.get("jsNodeId").asString());
        assertEquals(parts[0], node.get("layer").asString());
      }
      if (node.get("feature_type").asString().equals("mlp reconstruction error")) {
        assertTrue(node.get("node_id").asString().contains("_-1_"), node.toString());
      }
    }
  }

  private static JsonNode get(Map<String, JsonNode> byId, String id) {
    assertTrue(byId.containsKey(id), id + " in " + byId.keySet());
    return byId.getOrDefault(id, byId.values().iterator().next());
  }
}
