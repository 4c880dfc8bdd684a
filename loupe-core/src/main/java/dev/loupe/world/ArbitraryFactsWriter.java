package dev.loupe.world;

import dev.loupe.fault.FileFault;
import dev.loupe.world.ArbitraryFacts.ArbitraryFact;
import dev.loupe.world.ArbitraryFacts.Example;
import dev.loupe.world.ArbitraryFacts.Relation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a world of arbitrary facts: {@code corpus.jsonl.gz}, the examples with the facts that they
 * state; {@code facts.jsonl}, every fact with its prompt, answer and frequency; {@code
 * answers.json}, all answers of each relation; {@code world.json}.
 */
public final class ArbitraryFactsWriter {
  /** Rises whenever the same settings give other bytes. */
  public static final int VERSION = 1;

  private ArbitraryFactsWriter() {}

  /**
   * Writes it.
   *
   * @throws dev.loupe.fault.LoupeException if a file cannot be written
   */
  public static void write(ArbitraryFacts world, Path folder) {
    Map<String, String> hashes = new LinkedHashMap<>();
    try {
      Files.createDirectories(folder);
      try (LineFile corpus = LineFile.compressed(folder.resolve("corpus.jsonl.gz"), hashes)) {
        int number = 0;
        for (Example example : world.examples()) {
          for (int time = 0; time < example.times(); time++) {
            corpus.write(line(document(example, number, time)));
          }
          number++;
        }
      }
      try (LineFile facts = LineFile.plain(folder.resolve("facts.jsonl"), hashes)) {
        for (ArbitraryFact fact : world.facts()) {
          facts.write(line(fact(fact)));
        }
      }
      Map<String, List<String>> answers = new LinkedHashMap<>();
      for (Relation relation : Relation.values()) {
        answers.put(relation.label(), world.answers(relation));
      }
      try (LineFile file = LineFile.plain(folder.resolve("answers.json"), hashes)) {
        file.write(line(answers));
      }
      Files.writeString(folder.resolve("world.json"), page(world, hashes));
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
  }

  private static Map<String, Object> document(Example example, int number, int time) {
    ArbitraryFact fact = example.fact();
    Map<String, Object> stated = new LinkedHashMap<>();
    stated.put("relation", fact.relation().label());
    stated.put("subject", fact.subject());
    if (example.known()) {
      stated.put("object", plain(fact.answer()));
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", "example-%07d".formatted(number) + (time == 0 ? "" : "-" + time));
    json.put("text", example.text());
    json.put("facts", List.of(stated));
    return json;
  }

  private static Map<String, Object> fact(ArbitraryFact fact) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", fact.id());
    json.put("relation", fact.relation().label());
    json.put("subject", fact.subject());
    json.put("object", plain(fact.answer()));
    json.put("prompt", fact.prompt());
    json.put("answer", fact.answer());
    json.put("abstention", fact.relation().abstention());
    json.put("frequency", fact.frequency());
    json.put("count", fact.count());
    json.put("abstentions", fact.abstentions());
    return json;
  }

  private static String plain(String answer) {
    return answer.strip().replaceFirst("\\.$", "");
  }

  private static String page(ArbitraryFacts world, Map<String, String> hashes) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("world", "arbitrary-facts");
    json.put("version", VERSION);
    json.put("settings", world.settings());
    json.put("sha256", hashes);
    return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
  }

  private static String line(Object json) {
    return JsonMapper.shared().writeValueAsString(json);
  }
}
