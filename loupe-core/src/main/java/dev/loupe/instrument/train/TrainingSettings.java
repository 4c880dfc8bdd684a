package dev.loupe.instrument.train;

import dev.loupe.model.training.AdamW;
import dev.loupe.model.training.Muon;
import dev.loupe.model.training.Schedule;
import dev.loupe.model.training.Start;
import dev.loupe.model.training.TrainingPlan;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/** A training's settings as a person says them. */
final class TrainingSettings {
  private TrainingSettings() {}

  /**
   * The settings.
   *
   * @param fingerprint what was learned from, as checkpoints record it
   */
  static SequencedMap<String, Object> inWords(TrainingPlan plan, Map<String, String> fingerprint) {
    SequencedMap<String, Object> words = new LinkedHashMap<>();
    AdamW adam = plan.optimisation().adam();
    words.put(
        "adamw",
        String.format(
            Locale.ROOT,
            "rate %s, β %s and %s, weight decay %s%s",
            adam.learningRate(),
            adam.beta1(),
            adam.beta2(),
            adam.weightDecay(),
            adam.decayTables() ? "" : " except on the embeddings"));
    words.put("muon", plan.optimisation().muon().map(TrainingSettings::of).orElse("not used"));
    words.put("rate over time", of(plan.optimisation().schedule()));
    words.put("largest gradient norm", plan.optimisation().clip());
    words.put("rows a step", plan.execution().batch());
    words.put("threads", plan.execution().threads());
    words.put("products", plan.execution().dtype().name().toLowerCase(Locale.ROOT));
    switch (plan.start()) {
      case Start.FromSeed from -> {
        words.put("seed", from.seed());
        words.put(
            "initial weights",
            String.format(
                Locale.ROOT,
                "standard deviations %s of embeddings, %s of positions, %s of blocks",
                from.initialisation().embedding(),
                from.initialisation().positions(),
                from.initialisation().blocks()));
      }
      case Start.FromModel from -> words.put("initial weights", "those of " + from.location());
    }
    words.put("row length", fingerprint.getOrDefault("row length", ""));
    words.put("rows' content", fingerprint.getOrDefault("rows' content", ""));
    return words;
  }

  private static String of(Muon muon) {
    return String.format(
        Locale.ROOT,
        "for the block matrices: rate %s, momentum %s, weight decay %s",
        muon.learningRate(),
        muon.momentum(),
        muon.weightDecay());
  }

  private static String of(Schedule schedule) {
    return String.format(
        Locale.ROOT,
        "warm-up of %,d steps, %s decay to %s of the peak at step %,d",
        schedule.warmupSteps(),
        schedule.decay().name().toLowerCase(Locale.ROOT),
        schedule.last(),
        schedule.totalSteps());
  }
}
