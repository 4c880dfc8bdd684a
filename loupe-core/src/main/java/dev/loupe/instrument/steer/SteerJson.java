package dev.loupe.instrument.steer;

import dev.loupe.report.ReportJson;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** A steered run as JSON of schema {@code loupe.steer/1}, described in {@code docs/steer.md}. */
final class SteerJson {
  /** Name and version of the schema. */
  static final String SCHEMA = "loupe.steer/1";

  private SteerJson() {}

  static void write(SteerReport report, JsonGenerator json) {
    json.writeStringProperty("model", report.model());
    json.writeStringProperty("basis", report.basis());
    json.writeStringProperty("prompt", report.prompt());
    json.writeArrayPropertyStart("tokens");
    report.tokens().forEach(json::writeString);
    json.writeEndArray();
    report.from().ifPresent(text -> json.writeStringProperty("from", text));
    json.writeStringProperty("held", report.freezing());
    changes(json, report);
    predictions(json, report);
    ReportJson.number(json, "divergence", report.divergence());
    report
        .continuations()
        .ifPresent(texts -> {
          json.writeObjectPropertyStart("continuations");
          json.writeStringProperty("before", texts.before());
          json.writeStringProperty("after", texts.after());
          json.writeEndObject();
        });
    report.swap().ifPresent(swap -> ReportJson.properties(json, Map.of("swap", swap)));
  }

  private static void changes(JsonGenerator json, SteerReport report) {
    json.writeArrayPropertyStart("changes");
    for (SteerReport.Change change : report.changes()) {
      json.writeStartObject();
      json.writeNumberProperty("layer", change.layer());
      json.writeNumberProperty("feature", change.feature());
      if (change.position().isPresent()) {
        json.writeNumberProperty("position", change.position().getAsInt());
      } else {
        json.writeNullProperty("position");
      }
      json.writeStringProperty("action", change.action());
      ReportJson.number(json, "before", change.before());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void predictions(JsonGenerator json, SteerReport report) {
    json.writeArrayPropertyStart("predictions");
    for (SteerReport.Prediction each : report.predictions()) {
      json.writeStartObject();
      json.writeNumberProperty("id", each.id());
      json.writeStringProperty("text", each.text());
      ReportJson.number(json, "probabilityBefore", each.probabilityBefore());
      ReportJson.number(json, "probabilityAfter", each.probabilityAfter());
      ReportJson.number(json, "logitBefore", each.logitBefore());
      ReportJson.number(json, "logitAfter", each.logitAfter());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
