package dev.loupe.instrument.features;

import dev.loupe.instrument.features.FeatureReport.Neighbour;
import dev.loupe.instrument.features.FeatureReport.TokenEffect;
import dev.loupe.report.ReportJson;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/**
 * Features as JSON, schema {@code loupe.features/1}. Each feature is an object of Neuronpedia's
 * schema, with the field's own spelling ({@code top_logits}, {@code bottom_logits}, {@code
 * act_min}, {@code act_max}, {@code quantile_values}, {@code histogram}, {@code examples_quantiles}
 * with {@code tokens} and {@code tokens_acts_list}); what Loupe knows besides stands beside it.
 */
final class FeatureJson {
  /** Shares whose quantiles among the activations above zero are told. */
  private static final double[] QUANTILES = {0.25, 0.5, 0.75, 0.9, 0.95, 0.99};

  private final JsonGenerator json;

  private FeatureJson(JsonGenerator json) {
    this.json = json;
  }

  /** Writes the dashboard's properties into the open object. */
  static void write(JsonGenerator json, FeatureDashboard dashboard) {
    new FeatureJson(json).write(dashboard);
  }

  private void write(FeatureDashboard dashboard) {
    json.writeObjectPropertyStart("model");
    json.writeStringProperty("name", dashboard.model());
    json.writeNumberProperty("layers", dashboard.layers());
    json.writeEndObject();
    json.writeStringProperty("basis", dashboard.basis());
    json.writeNumberProperty("tokens", dashboard.tokens());
    json.writeObjectPropertyStart("index");
    dashboard.facts().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(fact -> json.writeStringProperty(fact.getKey(), fact.getValue()));
    json.writeEndObject();
    json.writeArrayPropertyStart("features");
    dashboard.features().forEach(this::write);
    json.writeEndArray();
  }

  private void write(FeatureReport report) {
    StoredFeature stored = report.stored();
    json.writeStartObject();
    json.writeNumberProperty("layer", report.id().layer());
    json.writeNumberProperty("index", report.id().feature());
    texts("top_logits", report.promoted());
    texts("bottom_logits", report.suppressed());
    ReportJson.number(json, "act_min", stored.lowest());
    ReportJson.number(json, "act_max", stored.largest());
    ReportJson.number(json, "activation_frequency", stored.frequency());
    json.writeArrayPropertyStart("quantile_values");
    for (double share : QUANTILES) {
      double value = stored.histogram().quantile(share);
      if (Double.isFinite(value)) {
        json.writeNumber((float) value);
      }
    }
    json.writeEndArray();
    histogram(stored.histogram());
    json.writeArrayPropertyStart("examples_quantiles");
    ExampleGroups.of(stored).forEach(this::group);
    json.writeEndArray();
    ReportJson.number(json, "mean", stored.mean());
    json.writeNumberProperty("active", stored.active());
    report.label().ifPresent(label -> label("label", label));
    effects("promoted", report.promoted());
    effects("suppressed", report.suppressed());
    nearest(report.nearest());
    json.writeArrayPropertyStart("neurons");
    for (StoredFeature.NeuronCorrelation neuron : stored.neurons()) {
      json.writeStartObject();
      json.writeNumberProperty("neuron", neuron.neuron());
      ReportJson.number(json, "correlation", neuron.correlation());
      json.writeEndObject();
    }
    json.writeEndArray();
    ReportJson.evidence(json, report.evidence(), report.caveats());
    json.writeEndObject();
  }

  private void texts(String name, List<TokenEffect> effects) {
    json.writeArrayPropertyStart(name);
    effects.forEach(effect -> json.writeString(effect.text()));
    json.writeEndArray();
  }

  /** Only the bins from the first to the last that is not empty. */
  private void histogram(Histogram histogram) {
    int from = histogram.first();
    int to = histogram.end();
    json.writeArrayPropertyStart("histogram");
    for (int bin = from; bin < to; bin++) {
      json.writeNumber((long) histogram.counts().get(bin));
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("histogram_edges");
    for (int bin = from; from < to && bin <= to; bin++) {
      json.writeNumber((float) Histogram.lowerEdge(bin));
    }
    json.writeEndArray();
  }

  private void group(ExampleGroups.Group group) {
    json.writeStartObject();
    json.writeStringProperty("quantile_name", group.name());
    json.writeArrayPropertyStart("examples");
    for (Example example : group.examples()) {
      json.writeStartObject();
      json.writeArrayPropertyStart("tokens");
      example.texts().forEach(json::writeString);
      json.writeEndArray();
      json.writeArrayPropertyStart("tokens_acts_list");
      for (float activation : example.activations()) {
        json.writeNumber(activation);
      }
      json.writeEndArray();
      json.writeNumberProperty("train_token_ind", example.peak());
      json.writeBooleanProperty("is_repeated_datapoint", false);
      json.writeArrayPropertyStart("token_ids");
      example.tokens().forEach(id -> json.writeNumber((int) id));
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void effects(String name, List<TokenEffect> effects) {
    json.writeArrayPropertyStart(name);
    for (TokenEffect effect : effects) {
      json.writeStartObject();
      json.writeNumberProperty("token", effect.token());
      json.writeStringProperty("text", effect.text());
      ReportJson.number(json, "effect", effect.effect());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void nearest(List<Neighbour> nearest) {
    json.writeArrayPropertyStart("nearest");
    for (Neighbour neighbour : nearest) {
      json.writeStartObject();
      json.writeNumberProperty("layer", neighbour.id().layer());
      json.writeNumberProperty("index", neighbour.id().feature());
      ReportJson.number(json, "cosine", neighbour.cosine());
      neighbour.label().ifPresent(label -> label("label", label));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void label(String name, Label label) {
    json.writeObjectPropertyStart(name);
    json.writeStringProperty("text", label.text());
    json.writeStringProperty("source", label.source());
    json.writeBooleanProperty("heuristic", label.isHeuristic());
    score("detection", label.detection());
    score("fuzzing", label.fuzzing());
    json.writeEndObject();
  }

  private void score(String name, Optional<LabelScore> score) {
    score.ifPresent(each -> {
      ReportJson.estimate(json, name, each.accuracy());
    });
  }
}
