package dev.loupe.instrument.train;

import dev.loupe.corpus.Reading;
import dev.loupe.model.training.ModelShape;
import dev.loupe.model.training.Probe;
import dev.loupe.model.training.Trainer;
import dev.loupe.model.training.TrainingPlan;
import dev.loupe.report.JsonAnswer;
import dev.loupe.report.ReportJson;
import dev.loupe.report.TrainingReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import tools.jackson.core.JsonGenerator;

/**
 * How the training of a model went, schema {@code loupe.training/1}.
 *
 * @param plan with all its settings
 * @param fingerprint all settings and what was learned from, as checkpoints record them
 * @param reading of the corpus
 * @param tokens of the corpus
 * @param rows of one pass
 * @param paddingShare of their positions
 * @param counted positions that are learned from
 * @param result how far it came
 * @param evaluation the last loss on held-out documents, in nats
 * @param scores the last of each group of questions
 */
public record ModelTraining(
    TrainingPlan plan,
    Map<String, String> fingerprint,
    Reading reading,
    long tokens,
    long rows,
    double paddingShare,
    long counted,
    Trainer.Result result,
    OptionalDouble evaluation,
    List<Probe.Score> scores)
    implements JsonAnswer {
  public ModelTraining {
    scores = List.copyOf(scores);
  }

  @Override
  public void writeProperties(JsonGenerator json) {
    Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
    sections.put("model", model());
    sections.put("corpus", corpus());
    sections.put("settings", TrainingSettings.inWords(plan, fingerprint));
    ReportJson.properties(
        json,
        TrainingReport.of(
            "Training of " + plan.folder().toAbsolutePath().normalize().getFileName(),
            sections,
            plan.folder().resolve("metrics.jsonl"),
            new TrainingReport.Outcome(
                result.step(),
                plan.steps(),
                result.finished(),
                result.loss(),
                evaluation.orElse(Double.NaN)),
            "nats a token"));
  }

  private SequencedMap<String, Object> model() {
    ModelShape shape = plan.shape();
    SequencedMap<String, Object> facts = new LinkedHashMap<>();
    facts.put("layers", shape.layers());
    facts.put("width", shape.width());
    facts.put("heads", shape.heads());
    facts.put("context", shape.context());
    facts.put("vocabulary", shape.vocabulary());
    facts.put("parameters", shape.parameters());
    return facts;
  }

  private SequencedMap<String, Object> corpus() {
    SequencedMap<String, Object> facts = new LinkedHashMap<>();
    facts.put("documents", reading.documents());
    facts.put("conversations", reading.conversations());
    facts.put("characters", reading.characters());
    facts.put("broken records", reading.broken());
    facts.put("tokens", tokens);
    facts.put("rows", rows);
    facts.put("padding share", paddingShare);
    facts.put("positions that count", counted);
    return facts;
  }
}
