package dev.loupe.report;

import dev.loupe.fault.LoupeException;
import dev.loupe.statistics.Estimate;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A finding as JSON, the same envelope for every instrument: {@code schema}, {@code question}, the
 * answer's own properties, {@code evidence}, {@code caveats}, {@code provenance}. The same finding
 * gives the same bytes.
 */
public final class FindingJson {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private static final Set<String> ENVELOPE =
      Set.of("schema", "question", "evidence", "caveats", "provenance");

  private FindingJson() {}

  /** As text. */
  public static String of(Finding<?> finding) {
    StringWriter text = new StringWriter();
    write(finding, text);
    return text.toString();
  }

  /**
   * Writes a file, completely or not at all.
   *
   * @throws dev.loupe.fault.LoupeException if the disk refuses
   */
  public static void write(Finding<?> finding, Path path) {
    ReportFile.write(path, writer -> write(finding, writer));
  }

  /** Writes to {@code writer} and leaves it open. */
  public static void write(Finding<?> finding, Writer writer) {
    try (JsonGenerator json = JSON.createGenerator(writer)) {
      json.writeStartObject();
      json.writeStringProperty("schema", finding.schema());
      json.writeStringProperty("question", finding.question());
      if (finding.answer() instanceof JsonAnswer own) {
        own.writeProperties(json);
      } else {
        ReportJson.properties(json, finding.answer());
      }
      ReportJson.evidence(json, finding.evidence(), finding.caveats());
      ReportJson.provenance(json, finding.provenance());
      json.writeEndObject();
    }
  }

  /**
   * Reads a finding back, its answer as it was written; writing that again gives the same bytes.
   *
   * @throws LoupeException if the text is not a finding
   */
  public static Finding<JsonNode> read(String text) {
    try {
      JsonNode tree = JSON.readTree(text);
      ObjectNode answer = JSON.createObjectNode();
      for (var property : tree.properties()) {
        if (!ENVELOPE.contains(property.getKey())) {
          answer.set(property.getKey(), property.getValue());
        }
      }
      return new Finding<>(
          tree.required("schema").stringValue(),
          tree.required("question").stringValue(),
          answer,
          tree.required("evidence").valueStream().map(FindingJson::evidence).toList(),
          tree.required("caveats").valueStream().map(JsonNode::stringValue).toList(),
          JSON.treeToValue(tree.required("provenance"), Provenance.class));
    } catch (JacksonException | IllegalArgumentException e) {
      throw LoupeException.badInput(
          "this is not a finding of Loupe: " + e.getMessage(), "Give the JSON that it wrote.", e);
    }
  }

  private static Evidence evidence(JsonNode json) {
    JsonNode measured = json.required("measured");
    return new Evidence(
        json.required("checked").stringValue(),
        Support.valueOf(json.required("support").stringValue()),
        new Estimate(
            number(measured, "value"),
            number(measured, "low"),
            number(measured, "high"),
            number(measured, "level"),
            measured.required("unit").stringValue()),
        number(json, "tolerance"),
        Verdict.valueOf(json.required("verdict").stringValue()),
        json.required("note").stringValue());
  }

  private static double number(JsonNode json, String name) {
    JsonNode value = json.required(name);
    return value.isNull() ? Double.NaN : value.doubleValue();
  }
}
