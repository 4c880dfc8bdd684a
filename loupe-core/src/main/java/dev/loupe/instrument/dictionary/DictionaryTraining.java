package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.DocumentStart;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Layer;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Replaced;
import dev.loupe.dictionary.training.DictionaryPlan;
import dev.loupe.dictionary.training.DictionaryTrainer;
import dev.loupe.report.JsonAnswer;
import dev.loupe.report.TrainingReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a training of dictionaries went, and what they were measured to be.
 *
 * @param plan with all its settings
 * @param fingerprint all settings and what was learned from, as checkpoints record them
 * @param start the token that began every document
 * @param result how far it came
 * @param evaluations by n_features; empty if no document was held out
 */
public record DictionaryTraining(
    DictionaryPlan plan,
    Map<String, String> fingerprint,
    DocumentStart start,
    DictionaryTrainer.Result result,
    SequencedMap<Integer, DictionaryEvaluation.Result> evaluations)
    implements JsonAnswer {
  @Override
  public void writeProperties(JsonGenerator json) {
    for (var property : tree().properties()) {
      if (!property.getKey().equals("schema")) {
        json.writeName(property.getKey());
        json.writeTree(property.getValue());
      }
    }
  }

  private ObjectNode tree() {
    SequencedMap<String, SequencedMap<String, Object>> sections = new LinkedHashMap<>();
    SequencedMap<String, Object> model = new LinkedHashMap<>();
    model.put("layers", plan.layout().sources());
    model.put("width", plan.layout().width());
    model.put(
        "parameters",
        plan.sizes().stream().mapToLong(size -> plan.layout().parameters(size)).sum());
    model.put("kind", plan.layout().kind().name());
    model.put("model", plan.result().modelName());
    sections.put("model", model);
    evaluations.forEach((size, evaluation) -> {
      for (Layer layer : evaluation.layers()) {
        sections.put("%d features, layer %d".formatted(size, layer.layer()), of(layer));
      }
      for (Replaced replaced : evaluation.replaced()) {
        sections.put("%d features, %s".formatted(size, replaced.what()), of(replaced));
      }
    });
    SequencedMap<String, Object> settings = new LinkedHashMap<>(fingerprint);
    settings.put(
        "document start",
        "%s (token %d), %s".formatted(start.text(), start.token(), start.reason()));
    sections.put("settings", settings);
    SequencedMap<String, Object> outcome = new LinkedHashMap<>();
    outcome.put("step", result.step());
    outcome.put("steps", plan.steps());
    outcome.put("finished", result.finished());
    outcome.put("tokens", result.tokens());
    String json =
        TrainingReport.json(
            "Dictionaries in " + plan.folder().toAbsolutePath().normalize().getFileName(),
            sections,
            plan.folder().resolve("metrics.jsonl"),
            outcome);
    ObjectNode root = (ObjectNode) JsonMapper.shared().readTree(json);
    root.put(
        "lossLabel",
        plan.endToEnd().steps() == 0
            ? "residual share of variance"
            : "residual share of variance, then nats of divergence");
    evaluations.forEach((size, evaluation) -> {
      ObjectNode table = root.withArray("tables").addObject();
      table(table, size, evaluation);
      EvaluationReport.remark(plan.stream().leftOut())
          .ifPresent(remark -> table.put("note", remark));
    });
    return root;
  }

  /** The figures by layer, as the page shows them. */
  private static void table(ObjectNode table, int size, DictionaryEvaluation.Result evaluation) {
    table.put("title", String.format(Locale.ROOT, "%,d features a layer, by layer", size));
    ArrayNode columns = table.putArray("columns");
    List.of("Layer", "Unexplained (FVU)", "Active (L0)", "Never active", "Loss recovered")
        .forEach(columns::add);
    ArrayNode rows = table.putArray("rows");
    for (int i = 0; i < evaluation.layers().size(); i++) {
      Layer layer = evaluation.layers().get(i);
      ArrayNode row = rows.addArray();
      row.add(Integer.toString(layer.layer()));
      row.add(EvaluationReport.figure(layer.unexplained(), "%.4f"));
      row.add(EvaluationReport.figure(layer.active(), "%.1f"));
      row.add(String.format(Locale.ROOT, "%,d of %,d", layer.dead(), layer.features()));
      // A transcoder's layers are replaced together, an SAE's one after the other.
      boolean together = evaluation.replaced().size() < evaluation.layers().size();
      Replaced replaced = evaluation.replaced().get(together ? 0 : i);
      row.add(
          EvaluationReport.figure(replaced.recovered(), "%.4f") + (together ? ", all layers" : ""));
    }
  }

  private static SequencedMap<String, Object> of(Layer layer) {
    SequencedMap<String, Object> facts = new LinkedHashMap<>();
    facts.put("FVU", layer.unexplained().value());
    facts.put("L0", layer.active().value());
    facts.put("never active", layer.dead());
    facts.put("dead share", (double) layer.dead() / layer.features());
    return facts;
  }

  private static SequencedMap<String, Object> of(Replaced replaced) {
    SequencedMap<String, Object> facts = new LinkedHashMap<>();
    facts.put("next token agrees", replaced.agreement().value());
    facts.put("where one leads by 10%", replaced.clearAgreement().value());
    facts.put("divergence, nats", replaced.divergence().value());
    facts.put("loss of the model", replaced.loss().value());
    facts.put("loss with reconstructions", replaced.replacedLoss().value());
    facts.put("loss with zeros", replaced.zeroLoss().value());
    facts.put("loss recovered", replaced.recovered().value());
    return facts;
  }
}
