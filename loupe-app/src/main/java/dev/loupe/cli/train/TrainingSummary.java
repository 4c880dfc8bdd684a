package dev.loupe.cli.train;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.corpus.EncodedCorpus;
import dev.loupe.corpus.PackedRows;
import dev.loupe.corpus.Reading;
import dev.loupe.model.training.ModelShape;
import dev.loupe.model.training.Probe;
import dev.loupe.model.training.Trainer;
import dev.loupe.model.training.TrainingPlan;
import dev.loupe.report.TrainingReport;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/** What a training came to: for the terminal, for the page and as JSON. */
public final class TrainingSummary {
  private final TrainingPlan plan;
  private final PackedRows rows;
  private final EncodedCorpus corpus;
  private final Trainer.Result result;
  private final TrainingProgress progress;

  TrainingSummary(
      TrainingPlan plan,
      PackedRows rows,
      EncodedCorpus corpus,
      Trainer.Result result,
      TrainingProgress progress) {
    this.plan = plan;
    this.rows = rows;
    this.corpus = corpus;
    this.result = result;
    this.progress = progress;
  }

  /** The report, schema {@code loupe.training/1}. */
  String json() {
    SequencedMap<String, SequencedMap<String, Object>> sections = new LinkedHashMap<>();
    sections.put("model", model());
    sections.put("corpus", corpus());
    sections.put("settings", new LinkedHashMap<>(plan.fingerprint(rows)));
    return TrainingReport.json(
        "Training of " + plan.folder().toAbsolutePath().normalize().getFileName(),
        sections,
        plan.folder().resolve("metrics.jsonl"),
        outcome());
  }

  /** A few lines for a person. */
  List<String> lines(Terminal terminal) {
    List<String> lines = new ArrayList<>();
    lines.add(
        terminal.styled(
            Style.BOLD,
            String.format(
                Locale.ROOT,
                "%s, %,d parameters: step %,d of %,d%s",
                size(),
                plan.shape().parameters(),
                result.step(),
                plan.steps(),
                result.finished() ? "" : ", interrupted")));
    if (Double.isFinite(result.loss())) {
      lines.add(String.format(Locale.ROOT, "loss of the last step  %.4f", result.loss()));
    }
    progress
        .evaluation()
        .ifPresent(
            loss -> lines.add(String.format(Locale.ROOT, "held-out documents     %.4f", loss)));
    for (Probe.Score score : progress.scores().values()) {
      Estimate share = Proportion.wilson(score.right(), score.total(), 0.95);
      lines.add(
          String.format(
              Locale.ROOT,
              "%-32s %5.1f%%  (%d of %d, %.1f to %.1f)",
              score.name(),
              100 * share.value(),
              score.right(),
              score.total(),
              100 * share.low(),
              100 * share.high()));
    }
    lines.add(
        result.finished()
            ? "Model and report.html are in " + plan.folder()
            : "Run the same command again to go on.");
    return lines;
  }

  private String size() {
    ModelShape shape = plan.shape();
    return "%d layers × %d".formatted(shape.layers(), shape.width());
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
    Reading reading = corpus.reading();
    SequencedMap<String, Object> facts = new LinkedHashMap<>();
    facts.put("documents", reading.documents());
    facts.put("conversations", reading.conversations());
    facts.put("characters", reading.characters());
    facts.put("broken records", reading.broken());
    facts.put("tokens", corpus.tokens());
    facts.put("rows", rows.count());
    facts.put("padding share", rows.paddingShare());
    facts.put("positions that count", rows.counted());
    return facts;
  }

  private SequencedMap<String, Object> outcome() {
    SequencedMap<String, Object> facts = new LinkedHashMap<>();
    facts.put("step", result.step());
    facts.put("steps", plan.steps());
    facts.put("finished", result.finished());
    facts.put("loss", Double.isFinite(result.loss()) ? result.loss() : null);
    facts.put(
        "evaluationLoss",
        progress.evaluation().isPresent() ? progress.evaluation().getAsDouble() : null);
    return facts;
  }
}
