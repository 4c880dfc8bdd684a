package dev.loupe.report;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a training went, schema {@code loupe.training/1}: what was trained on what, the curves of its
 * {@code metrics.jsonl}, and the probes with their Wilson intervals.
 *
 * @param title of the page
 * @param sections what was trained on what, by the name of the section and of the fact, in the
 *     order in which they are shown
 * @param result how it ended
 * @param lossLabel what the losses are
 * @param steps the curve of the training's loss, at most {@link #MOST_POINTS}
 * @param evaluations losses on held-out documents
 * @param probes curves of questions answered correctly
 */
public record TrainingReport(
    String title,
    Map<String, Map<String, Object>> sections,
    Outcome result,
    String lossLabel,
    List<TrainingStep> steps,
    List<Evaluation> evaluations,
    List<Probe> probes) {
  /** Points of a curve; more steps are averaged into as many. */
  static final int MOST_POINTS = 500;

  private static final double LEVEL = 0.95;

  public TrainingReport {
    steps = List.copyOf(steps);
    evaluations = List.copyOf(evaluations);
    probes = List.copyOf(probes);
  }

  /**
   * How far a training came.
   *
   * @param loss of the last step; NaN if there is none
   * @param evaluationLoss the last one on held-out documents; NaN if there is none
   */
  public record Outcome(
      long step, long steps, boolean finished, double loss, double evaluationLoss) {}

  /** A step, or the mean of several and the place of the last. */
  public record TrainingStep(
      long step,
      long tokens,
      double loss,
      double learningRate,
      double gradientNorm,
      long tokensPerSecond) {}

  /** A loss on held-out documents. */
  public record Evaluation(long step, long tokens, double loss) {}

  /** Questions answered correctly over a training. */
  public record Probe(String probe, String name, List<Score> points) {
    public Probe {
      points = List.copyOf(points);
    }
  }

  /** Correct answers with their Wilson interval of 95%. */
  public record Score(long step, long tokens, long right, long total, double low, double high) {}

  /**
   * Reads the curves.
   *
   * @param metrics the training's {@code metrics.jsonl}
   * @throws LoupeException if the metrics cannot be read
   */
  public static TrainingReport of(
      String title,
      Map<String, Map<String, Object>> sections,
      Path metrics,
      Outcome result,
      String lossLabel) {
    List<JsonNode> lines = read(metrics);
    List<Evaluation> evaluations =
        lines.stream()
            .filter(line -> line.has("evaluation_loss"))
            .map(line ->
                new Evaluation(step(line), tokens(line), line.path("evaluation_loss").asDouble()))
            .toList();
    return new TrainingReport(
        title, sections, result, lossLabel, steps(lines), evaluations, probes(lines));
  }

  private static List<TrainingStep> steps(List<JsonNode> lines) {
    List<JsonNode> steps = lines.stream().filter(line -> line.has("loss")).toList();
    int together = Math.ceilDiv(Math.max(1, steps.size()), MOST_POINTS);
    List<TrainingStep> points = new ArrayList<>();
    for (int from = 0; from < steps.size(); from += together) {
      points.add(mean(steps.subList(from, Math.min(steps.size(), from + together))));
    }
    return points;
  }

  private static TrainingStep mean(List<JsonNode> steps) {
    JsonNode last = steps.getLast();
    return new TrainingStep(
        step(last),
        tokens(last),
        mean(steps, "loss"),
        mean(steps, "learning_rate"),
        mean(steps, "gradient_norm"),
        Math.round(mean(steps, "tokens_per_second")));
  }

  private static double mean(List<JsonNode> steps, String name) {
    return steps.stream().mapToDouble(step -> step.path(name).asDouble()).average().orElse(0);
  }

  private static List<Probe> probes(List<JsonNode> lines) {
    Map<Probe, List<Score>> scores = new LinkedHashMap<>();
    for (JsonNode line : lines) {
      if (line.has("probe")) {
        Probe probe =
            new Probe(line.path("probe").asString(), line.path("name").asString(), List.of());
        long right = line.path("right").asLong();
        long total = line.path("total").asLong();
        Estimate share = Proportion.wilson(right, total, LEVEL);
        scores
            .computeIfAbsent(probe, _ -> new ArrayList<>())
            .add(new Score(step(line), tokens(line), right, total, share.low(), share.high()));
      }
    }
    return scores.entrySet().stream()
        .map(each -> new Probe(each.getKey().probe(), each.getKey().name(), each.getValue()))
        .toList();
  }

  private static long step(JsonNode line) {
    return line.path("step").asLong();
  }

  private static long tokens(JsonNode line) {
    return line.path("tokens").asLong();
  }

  private static List<JsonNode> read(Path metrics) {
    List<JsonNode> lines = new ArrayList<>();
    try (BufferedReader reader = Files.newBufferedReader(metrics)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(JsonMapper.shared().readTree(line));
      }
      return lines;
    } catch (IOException | JacksonException e) {
      throw FileFault.cannotRead(metrics, e);
    }
  }
}
