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
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a training went, schema {@code loupe.training/1}: what was trained on what, the curves of its
 * {@code metrics.jsonl}, and the probes with their Wilson intervals.
 */
public final class TrainingReport {
  /** Points of a curve; more steps are averaged into as many. */
  private static final int MOST_POINTS = 500;

  private static final double LEVEL = 0.95;

  private TrainingReport() {}

  /** A step, or the mean of several. */
  private static final class Point {
    private final double[] sums = new double[4];
    private long step;
    private long tokens;
    private int count;

    void add(JsonNode line) {
      step = line.path("step").asLong();
      tokens = line.path("tokens").asLong();
      sums[0] += line.path("loss").asDouble();
      sums[1] += line.path("learning_rate").asDouble();
      sums[2] += line.path("gradient_norm").asDouble();
      sums[3] += line.path("tokens_per_second").asDouble();
      count++;
    }

    void write(ObjectNode node) {
      node.put("step", step).put("tokens", tokens);
      node.put("loss", (float) (sums[0] / count));
      node.put("learningRate", (float) (sums[1] / count));
      node.put("gradientNorm", (float) (sums[2] / count));
      node.put("tokensPerSecond", Math.round(sums[3] / count));
    }
  }

  /**
   * The report as JSON text.
   *
   * @param title of the page
   * @param sections what was trained on what, by the name of the section and of the fact
   * @param metrics the training's {@code metrics.jsonl}
   * @param result how it ended, by name
   * @throws LoupeException if the metrics cannot be read
   */
  public static String json(
      String title,
      SequencedMap<String, SequencedMap<String, Object>> sections,
      Path metrics,
      SequencedMap<String, Object> result) {
    List<JsonNode> lines = read(metrics);
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("schema", "loupe.training/1");
    root.put("title", title);
    root.set("sections", JsonMapper.shared().valueToTree(sections));
    root.set("result", JsonMapper.shared().valueToTree(result));
    steps(lines, root.putArray("steps"));
    ArrayNode evaluations = root.putArray("evaluations");
    for (JsonNode line : lines) {
      if (line.has("evaluation_loss")) {
        place(evaluations.addObject(), line).set("loss", line.get("evaluation_loss"));
      }
    }
    probes(lines, root.putArray("probes"));
    return JsonMapper.shared().writeValueAsString(root);
  }

  private static void steps(List<JsonNode> lines, ArrayNode into) {
    List<JsonNode> steps = lines.stream().filter(line -> line.has("loss")).toList();
    int together = Math.ceilDiv(Math.max(1, steps.size()), MOST_POINTS);
    Point point = new Point();
    for (int i = 0; i < steps.size(); i++) {
      point.add(steps.get(i));
      if (point.count == together || i + 1 == steps.size()) {
        point.write(into.addObject());
        point = new Point();
      }
    }
  }

  private static void probes(List<JsonNode> lines, ArrayNode into) {
    Map<String, ArrayNode> pointsByName = new LinkedHashMap<>();
    for (JsonNode line : lines) {
      if (line.has("probe")) {
        String probe = line.path("probe").asString();
        String name = line.path("name").asString();
        ArrayNode points =
            pointsByName.computeIfAbsent(
                probe + "\n" + name,
                _ -> into.addObject().put("probe", probe).put("name", name).putArray("points"));
        long right = line.path("right").asLong();
        long total = line.path("total").asLong();
        Estimate share = Proportion.wilson(right, total, LEVEL);
        place(points.addObject(), line)
            .put("right", right)
            .put("total", total)
            .put("low", (float) share.low())
            .put("high", (float) share.high());
      }
    }
  }

  private static ObjectNode place(ObjectNode node, JsonNode line) {
    return node.put("step", line.path("step").asLong()).put("tokens", line.path("tokens").asLong());
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
