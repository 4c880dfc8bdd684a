package dev.loupe.cli;

import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Layer;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Replaced;
import dev.loupe.dictionary.training.DictionaryPlan;
import dev.loupe.dictionary.training.DictionaryTrainer;
import dev.loupe.report.TrainingReport;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** A training of dictionaries as a report, schema {@code loupe.training/1}. */
final class DictionaryReport {
  private DictionaryReport() {}

  static String json(
      DictionaryPlan plan,
      DictionaryTrainer.Result result,
      SequencedMap<Integer, DictionaryEvaluation.Result> evaluations) {
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
    sections.put("settings", new LinkedHashMap<>(plan.fingerprint()));
    SequencedMap<String, Object> outcome = new LinkedHashMap<>();
    outcome.put("step", result.step());
    outcome.put("steps", plan.steps());
    outcome.put("finished", result.finished());
    outcome.put("tokens", result.tokens());
    return TrainingReport.json(
        "Dictionaries of " + plan.folder().toAbsolutePath().normalize().getFileName(),
        sections,
        plan.folder().resolve("metrics.jsonl"),
        outcome);
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
    facts.put("divergence, nats", replaced.divergence().value());
    facts.put("loss of the model", replaced.loss().value());
    facts.put("loss with reconstructions", replaced.replacedLoss().value());
    facts.put("loss with zeros", replaced.zeroLoss().value());
    facts.put("loss recovered", replaced.recovered().value());
    return facts;
  }
}
