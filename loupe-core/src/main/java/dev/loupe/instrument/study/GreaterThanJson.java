package dev.loupe.instrument.study;

import dev.loupe.report.ReportJson;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** The study as JSON of schema {@code loupe.greater-than/1}, described in {@code docs/study.md}. */
final class GreaterThanJson {
  /** Name and version of the schema. */
  static final String SCHEMA = "loupe.greater-than/1";

  /**
   * A map's largest value is so many steps: three digits, so that 160 maps stay a few megabytes.
   */
  private static final int STEPS = 999;

  private GreaterThanJson() {}

  static void write(GreaterThanReport report, JsonGenerator json) {
    json.writeStringProperty("model", report.model());
    json.writeStringProperty("basis", report.basis());
    json.writeNumberProperty("layers", report.layers());
    json.writeNumberProperty("heads", report.heads());
    json.writeStringProperty("source", report.source());
    json.writeNumberProperty("prompts", report.prompts());
    json.writeStringProperty("example", report.example());
    json.writeNumberProperty("tested", report.tested());
    json.writeNumberProperty("dummy", report.dummy());
    behaviour(json, report.behaviour());
    json.writeNumberProperty("everActive", report.everActive());
    json.writeArrayPropertyStart("columns");
    report.columns().forEach(json::writeNumber);
    json.writeEndArray();
    classes(json);
    json.writeArrayPropertyStart("features");
    report.features().forEach(feature -> feature(json, feature));
    json.writeEndArray();
    components(json, report.components());
    ablations(json, report.ablations());
  }

  private static void behaviour(JsonGenerator json, GreaterThanReport.Behaviour behaviour) {
    json.writeObjectPropertyStart("behaviour");
    ReportJson.estimate(json, "difference", behaviour.difference());
    ReportJson.estimate(json, "sharpness", behaviour.sharpness());
    json.writeArrayPropertyStart("years");
    for (GreaterThanReport.Year year : behaviour.years()) {
      json.writeStartObject();
      json.writeNumberProperty("year", year.year());
      ReportJson.estimate(json, "difference", year.difference());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void classes(JsonGenerator json) {
    json.writeArrayPropertyStart("classes");
    for (FeatureClass kind : FeatureClass.values()) {
      json.writeStartObject();
      json.writeStringProperty("name", kind.label());
      json.writeStringProperty("criterion", kind.criterion());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void feature(JsonGenerator json, GreaterThanReport.Feature feature) {
    json.writeStartObject();
    json.writeNumberProperty("layer", feature.unit().layer());
    json.writeNumberProperty("feature", feature.unit().feature());
    ReportJson.number(json, "strength", feature.strength());
    ReportJson.number(json, "active", feature.active());
    ReportJson.number(json, "contrast", feature.contrast());
    json.writeStringProperty("class", feature.kind().label());
    Criteria criteria = feature.criteria();
    json.writeObjectPropertyStart("criteria");
    ReportJson.number(json, "task", criteria.task());
    ReportJson.number(json, "parity", criteria.parity());
    ReportJson.number(json, "fives", criteria.fives());
    ReportJson.number(json, "constant", criteria.constant());
    ReportJson.number(json, "rise", criteria.rise());
    json.writeNumberProperty("bandFrom", criteria.bandFrom());
    json.writeNumberProperty("bandTo", criteria.bandTo());
    json.writeEndObject();
    json.writeArrayPropertyStart("activations");
    feature.rows().forEach(row -> json.writeNumber((float) row.activation()));
    json.writeEndArray();
    map(json, feature.rows());
    json.writeArrayPropertyStart("examples");
    for (GreaterThanReport.Example example : feature.examples()) {
      json.writeStartObject();
      json.writeStringProperty("text", example.text());
      json.writeNumberProperty("year", example.year());
      ReportJson.number(json, "activation", example.activation());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void map(JsonGenerator json, List<GreaterThanReport.Row> rows) {
    double largest =
        rows.stream()
            .flatMap(row -> row.attributions().stream())
            .mapToDouble(Math::abs)
            .max()
            .orElse(0);
    float step = (float) (largest / STEPS);
    json.writeObjectPropertyStart("map");
    ReportJson.number(json, "step", step);
    json.writeArrayPropertyStart("rows");
    for (GreaterThanReport.Row row : rows) {
      json.writeStartArray();
      row.attributions()
          .forEach(value -> json.writeNumber(step == 0 ? 0 : Math.round(value / step)));
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void components(JsonGenerator json, List<GreaterThanReport.Component> components) {
    json.writeArrayPropertyStart("components");
    for (GreaterThanReport.Component component : components) {
      json.writeStartObject();
      json.writeStringProperty("name", component.name());
      json.writeNumberProperty("layer", component.layer());
      component.head().ifPresent(head -> json.writeNumberProperty("head", head));
      ReportJson.estimate(json, "all", component.all());
      ReportJson.estimate(json, "throughMlps", component.throughMlps());
      ReportJson.estimate(json, "direct", component.direct());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void ablations(JsonGenerator json, List<GreaterThanReport.Ablation> ablations) {
    json.writeArrayPropertyStart("ablations");
    for (GreaterThanReport.Ablation ablation : ablations) {
      json.writeStartObject();
      json.writeStringProperty("group", ablation.group());
      json.writeNumberProperty("size", ablation.size());
      ReportJson.estimate(json, "difference", ablation.difference());
      ReportJson.estimate(json, "sharpness", ablation.sharpness());
      ReportJson.estimate(json, "fall", ablation.fall());
      ReportJson.estimate(json, "randomFall", ablation.randomFall());
      json.writeArrayPropertyStart("draws");
      ablation.draws().forEach(fall -> json.writeNumber(fall.floatValue()));
      json.writeEndArray();
      ReportJson.estimate(json, "excess", ablation.excess());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
