package dev.loupe.instrument.audit;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A world of arbitrary facts as its files have it.
 *
 * @param facts by relation
 * @param answers of each relation, all that could be right
 */
record ArbitraryWorld(Map<String, List<Fact>> facts, Map<String, List<String>> answers) {
  private static final int MOST_ANSWERS = 10_000;

  /**
   * One fact.
   *
   * @param frequency of its prompt among those of all relations
   * @param abstention the answer that says that nobody knows
   */
  record Fact(
      String prompt,
      String answer,
      String abstention,
      double frequency,
      int count,
      int abstentions) {}

  /**
   * Reads {@code facts.jsonl} and {@code answers.json}.
   *
   * @throws LoupeException if they are not there or not those of such a world
   */
  static ArbitraryWorld read(Path folder) {
    Path file = folder.resolve("facts.jsonl");
    Map<String, List<Fact>> facts = new TreeMap<>();
    Map<String, List<String>> answers = new TreeMap<>();
    try (BufferedReader in = Files.newBufferedReader(file)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode fact = JsonMapper.shared().readTree(line);
        if (!fact.path("prompt").isString() || !fact.path("frequency").isNumber()) {
          throw notOne(file, new IllegalArgumentException("no prompt"));
        }
        facts
            .computeIfAbsent(fact.path("relation").asString(""), _ -> new ArrayList<>())
            .add(
                new Fact(
                    fact.path("prompt").asString(),
                    fact.path("answer").asString(""),
                    fact.path("abstention").asString(""),
                    fact.path("frequency").asDouble(),
                    fact.path("count").asInt(),
                    fact.path("abstentions").asInt(0)));
      }
      JsonNode all = JsonMapper.shared().readTree(Files.readString(folder.resolve("answers.json")));
      for (String relation : facts.keySet()) {
        List<String> own = all.path(relation).valueStream().map(JsonNode::asString).toList();
        if (own.size() < 3 || own.size() > MOST_ANSWERS) {
          throw notOne(folder.resolve("answers.json"), new IllegalArgumentException(relation));
        }
        answers.put(relation, own);
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(folder, e);
    } catch (JacksonException e) {
      throw notOne(file, e);
    }
    if (facts.isEmpty()) {
      throw notOne(file, new IllegalArgumentException("empty"));
    }
    return new ArbitraryWorld(facts, answers);
  }

  private static LoupeException notOne(Path file, Exception cause) {
    return LoupeException.badInput(
        file + ": is not of a world of arbitrary facts",
        "Generate a world of arbitrary facts first, and give its folder.",
        cause);
  }
}
