package dev.loupe.model.training;

import dev.loupe.fault.FileFault;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code metrics.jsonl}: a line for each step, evaluation and probe, on the disk as soon as it is
 * known. A resumed training first drops the lines of the steps that it repeats.
 */
public final class Metrics implements AutoCloseable {
  private static final String NAME = "metrics.jsonl";

  private final Path file;
  private final BufferedWriter writer;

  /**
   * @param step the last whose lines are kept
   */
  public Metrics(Path folder, int step) {
    this.file = folder.resolve(NAME);
    try {
      keepUntil(step);
      this.writer =
          Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }

  private void keepUntil(int step) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    List<String> kept = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (stepOf(line) <= step) {
        kept.add(line);
      }
    }
    Path aside = file.resolveSibling(".metrics.jsonl.part");
    Files.write(aside, kept);
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** A line that a kill cut off belongs to no step that is kept. */
  private static int stepOf(String line) {
    try {
      return JsonMapper.shared().readTree(line).path("step").asInt(Integer.MAX_VALUE);
    } catch (JacksonException _) {
      return Integer.MAX_VALUE;
    }
  }

  /**
   * The learning rates of the steps of a training, by step.
   *
   * @throws dev.loupe.fault.LoupeException if there is no such file
   */
  static SortedMap<Integer, Double> learningRates(Path folder) {
    SortedMap<Integer, Double> rates = new TreeMap<>();
    try (var lines = Files.lines(folder.resolve(NAME))) {
      lines.forEach(line -> {
        try {
          JsonNode root = JsonMapper.shared().readTree(line);
          if (root.path("learning_rate").isNumber()) {
            rates.put(root.path("step").asInt(), root.path("learning_rate").asDouble());
          }
        } catch (JacksonException _) {
          // A line that a kill cut off.
        }
      });
    } catch (IOException | UncheckedIOException e) {
      throw FileFault.cannotRead(folder.resolve(NAME), e);
    }
    return rates;
  }

  void step(TrainingListener.Step step) {
    ObjectNode line = line(step.step());
    line.put("tokens", step.tokens());
    line.put("loss", step.loss());
    line.put("learning_rate", step.learningRate());
    line.put("gradient_norm", step.gradientNorm());
    line.put("tokens_per_second", Math.round(step.tokensPerSecond()));
    write(line);
  }

  void evaluation(int step, long tokens, double loss) {
    ObjectNode line = line(step);
    line.put("tokens", tokens);
    line.put("evaluation_loss", loss);
    write(line);
  }

  void probe(int step, long tokens, String probe, Probe.Score score) {
    ObjectNode line = line(step);
    line.put("tokens", tokens);
    line.put("probe", probe);
    line.put("name", score.name());
    line.put("right", score.right());
    line.put("total", score.total());
    write(line);
  }

  /** A line that begins with its step. */
  public static ObjectNode line(int step) {
    ObjectNode line = JsonMapper.shared().createObjectNode();
    line.put("step", step);
    return line;
  }

  /**
   * Writes a line.
   *
   * @throws dev.loupe.fault.LoupeException if the disk refuses
   */
  public void write(ObjectNode line) {
    try {
      writer.write(JsonMapper.shared().writeValueAsString(line));
      writer.write('\n');
      writer.flush();
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }
}
