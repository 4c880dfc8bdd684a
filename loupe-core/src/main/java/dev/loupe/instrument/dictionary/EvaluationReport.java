package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.DocumentStart;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Layer;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Replaced;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Result;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.report.JsonAnswer;
import dev.loupe.statistics.Estimate;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/**
 * What a dictionary was measured to be.
 *
 * @param dictionary its name
 * @param model its name
 * @param result the figures, by layer and of the model with the dictionary in place
 * @param leftOut positions that no figure is of
 * @param start the token that began every document
 */
public record EvaluationReport(
    String dictionary, String model, Result result, LeftOut leftOut, DocumentStart start)
    implements JsonAnswer {
  /** Which positions no figure is of, if any. */
  public Optional<String> remark() {
    return remark(leftOut);
  }

  static Optional<String> remark(LeftOut leftOut) {
    return leftOut.equals(LeftOut.NONE)
        ? Optional.empty()
        : Optional.of("Left out, and not replaced: " + leftOut.words() + ".");
  }

  /** A figure and its interval, for people; {@code form} is that of one number. */
  public static String figure(Estimate estimate, String form) {
    String value = String.format(Locale.ROOT, form, estimate.value());
    return estimate.hasInterval()
        ? value
            + String.format(
                Locale.ROOT, "  [" + form + ", " + form + "]", estimate.low(), estimate.high())
        : value;
  }

  @Override
  public void writeProperties(JsonGenerator json) {
    json.writeStringProperty("dictionary", dictionary);
    json.writeStringProperty("model", model);
    json.writeNumberProperty("positions", result.positions());
    json.writeStringProperty("left_out", leftOut.toString());
    json.writeObjectPropertyStart("document_start");
    json.writeNumberProperty("token", start.token());
    json.writeStringProperty("text", start.text());
    json.writeStringProperty("why", start.reason());
    json.writeEndObject();
    json.writeArrayPropertyStart("layers");
    for (Layer layer : result.layers()) {
      json.writeStartObject();
      json.writeNumberProperty("layer", layer.layer());
      put(json, "fvu", layer.unexplained());
      put(json, "l0", layer.active());
      json.writeNumberProperty("dead", layer.dead());
      json.writeNumberProperty("features", layer.features());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("replaced");
    for (Replaced replaced : result.replaced()) {
      json.writeStartObject();
      json.writeStringProperty("at", replaced.what());
      put(json, "agreement", replaced.agreement());
      put(json, "clearAgreement", replaced.clearAgreement());
      put(json, "divergence", replaced.divergence());
      put(json, "loss", replaced.loss());
      put(json, "replacedLoss", replaced.replacedLoss());
      put(json, "zeroLoss", replaced.zeroLoss());
      put(json, "lossRecovered", replaced.recovered());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void put(JsonGenerator json, String name, Estimate estimate) {
    json.writeObjectPropertyStart(name);
    number(json, "value", estimate.value());
    if (estimate.hasInterval()) {
      number(json, "low", estimate.low());
      number(json, "high", estimate.high());
    }
    json.writeStringProperty("how", estimate.unit());
    json.writeEndObject();
  }

  private static void number(JsonGenerator json, String name, double value) {
    if (Double.isFinite(value)) {
      json.writeNumberProperty(name, value);
    } else {
      json.writeNullProperty(name);
    }
  }
}
