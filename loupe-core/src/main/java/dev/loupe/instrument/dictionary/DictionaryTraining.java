package dev.loupe.instrument.dictionary;

import dev.loupe.corpus.DocumentStart;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation;
import dev.loupe.dictionary.training.DictionaryPlan;
import dev.loupe.dictionary.training.DictionaryTrainer;
import dev.loupe.report.JsonAnswer;
import dev.loupe.report.ReportJson;
import dev.loupe.report.TrainingReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JsonGenerator;

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
  /** The curves of the training, and what its dictionaries were measured to be. */
  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, report());
    ReportJson.properties(json, new Measured(dictionaries()));
  }

  /**
   * What stands beside the curves.
   *
   * @param dictionaries one of each size; empty if no document was held out
   */
  public record Measured(List<DictionaryFigures> dictionaries) {
    public Measured {
      dictionaries = List.copyOf(dictionaries);
    }
  }

  private List<DictionaryFigures> dictionaries() {
    return evaluations.entrySet().stream()
        .map(each ->
            DictionaryFigures.of(
                String.format(Locale.ROOT, "%,d features a layer", each.getKey()), each.getValue()))
        .toList();
  }

  private TrainingReport report() {
    Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
    sections.put("model", model());
    sections.put("settings", DictionarySettings.inWords(plan, start));
    sections.put("corpus", corpus());
    return TrainingReport.of(
        "Dictionaries in " + plan.folder().toAbsolutePath().normalize().getFileName(),
        sections,
        plan.folder().resolve("metrics.jsonl"),
        new TrainingReport.Outcome(
            result.step(), plan.steps(), result.finished(), Double.NaN, Double.NaN),
        plan.endToEnd().steps() == 0
            ? "fraction of variance unexplained"
            : "fraction of variance unexplained, then nats of divergence");
  }

  private SequencedMap<String, Object> model() {
    SequencedMap<String, Object> model = new LinkedHashMap<>();
    model.put("model", plan.result().modelName());
    model.put("layers", plan.layout().sources());
    model.put("width", plan.layout().width());
    model.put(
        "parameters",
        plan.sizes().stream().mapToLong(size -> plan.layout().parameters(size)).sum());
    model.put("kind", words(plan.layout().kind()));
    return model;
  }

  private static String words(Dictionary.Kind kind) {
    return switch (kind) {
      case SAE -> "SAE";
      case TRANSCODER -> "per-layer transcoder";
      case CROSS_LAYER_TRANSCODER -> "cross-layer transcoder";
    };
  }

  /** What was learned from, as the checkpoints record it. */
  private SequencedMap<String, Object> corpus() {
    SequencedMap<String, Object> corpus = new LinkedHashMap<>();
    corpus.put("positions learned from", result.tokens());
    for (String name : List.of("rows", "rows' content", "model")) {
      if (fingerprint.containsKey(name)) {
        corpus.put(name.equals("model") ? "model sha256" : name, fingerprint.get(name));
      }
    }
    return corpus;
  }
}
