package dev.loupe.report;

import dev.loupe.statistics.Estimate;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/**
 * Evidence and provenance as JSON, the same in every instrument's output. Numbers carry the seven
 * digits of float32; what is undefined is {@code null}.
 */
public final class ReportJson {
  private ReportJson() {}

  /** Writes {@code "evidence": [...]} and {@code "caveats": [...]} into the open object. */
  public static void evidence(JsonGenerator json, List<Evidence> evidence, List<String> caveats) {
    json.writeArrayPropertyStart("evidence");
    for (Evidence each : evidence) {
      json.writeStartObject();
      json.writeStringProperty("checked", each.checked());
      json.writeStringProperty("support", each.support().name());
      estimate(json, "measured", each.measured());
      number(json, "tolerance", each.tolerance());
      json.writeStringProperty("verdict", each.verdict().name());
      json.writeStringProperty("note", each.note());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("caveats");
    caveats.forEach(json::writeString);
    json.writeEndArray();
  }

  /** Writes {@code "provenance": {...}} into the open object. */
  public static void provenance(JsonGenerator json, Provenance provenance) {
    json.writeObjectPropertyStart("provenance");
    json.writeArrayPropertyStart("inputs");
    for (Provenance.Input input : provenance.inputs()) {
      json.writeStartObject();
      json.writeStringProperty("name", input.name());
      json.writeStringProperty("sha256", input.sha256());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberProperty("seed", provenance.seed());
    json.writeStringProperty("dtype", provenance.dtype());
    json.writeStringProperty("device", provenance.device());
    json.writeStringProperty("version", provenance.version());
    json.writeStringProperty("java", provenance.java());
    json.writeStringProperty("engine", provenance.engine());
    number(json, "seconds", provenance.seconds());
    json.writeEndObject();
  }

  /** Writes {@code name: {value, low, high, level, unit}}. */
  public static void estimate(JsonGenerator json, String name, Estimate estimate) {
    json.writeObjectPropertyStart(name);
    number(json, "value", estimate.value());
    number(json, "low", estimate.low());
    number(json, "high", estimate.high());
    number(json, "level", estimate.level());
    json.writeStringProperty("unit", estimate.unit());
    json.writeEndObject();
  }

  /** Writes a number in the digits of float32, {@code null} if it is infinite or undefined. */
  public static void number(JsonGenerator json, String name, double value) {
    float rounded = (float) value;
    if (Float.isFinite(rounded)) {
      json.writeNumberProperty(name, rounded + 0.0f);
    } else {
      json.writeNullProperty(name);
    }
  }

  /** Writes what a record or a tree holds into the open object. */
  public static void properties(JsonGenerator json, Object answer) {
    JsonNode tree =
        answer instanceof JsonNode read ? read : AnswerMapper.MAPPER.valueToTree(answer);
    for (var property : tree.properties()) {
      json.writeName(property.getKey());
      json.writeTree(property.getValue());
    }
  }
}
