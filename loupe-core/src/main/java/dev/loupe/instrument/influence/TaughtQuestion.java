package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A question whose answer some documents state.
 *
 * @param prompt ends where the answer starts
 * @param answer with its space
 * @param documents ids of those that state it
 */
record TaughtQuestion(String prompt, String answer, Set<String> documents) {
  /** A line of a file of questions or facts is shorter than this. */
  private static final int LONGEST_LINE = 1 << 20;

  TaughtQuestion {
    documents = Set.copyOf(documents);
  }

  /**
   * Questions that some document of the facts' file, or of their own list, teaches.
   *
   * @param facts by whose ids questions may name their documents
   * @throws LoupeException if a file cannot be read, or no question has a document
   */
  static List<TaughtQuestion> read(Path questions, Optional<Path> facts) {
    Map<String, Set<String>> byFact = new HashMap<>();
    facts.ifPresent(
        file -> lines(file, fact -> byFact.put(fact.path("id").asString(""), ids(fact))));
    List<TaughtQuestion> found = new ArrayList<>();
    lines(
        questions,
        line -> {
          Set<String> documents = new LinkedHashSet<>(ids(line));
          documents.addAll(byFact.getOrDefault(line.path("fact").asString(""), Set.of()));
          String prompt = line.path("prompt").asString("");
          String answer = line.path("answer").asString("");
          if (!prompt.isEmpty() && !answer.isEmpty() && !documents.isEmpty()) {
            found.add(new TaughtQuestion(prompt, answer, documents));
          }
        });
    if (found.isEmpty()) {
      throw LoupeException.badInput(
          questions + ": no line has a `prompt`, an `answer` and documents that teach it",
          "Give ids in `documents`, or a `fact` of each and the file of facts (`facts`).");
    }
    return found;
  }

  private static Set<String> ids(JsonNode line) {
    Set<String> ids = new LinkedHashSet<>();
    line.path("documents").forEach(id -> ids.add(id.asString("")));
    return ids;
  }

  private static void lines(Path file, Consumer<JsonNode> take) {
    int number = 0;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        if (line.length() > LONGEST_LINE) {
          throw LoupeException.badInput(
              "%s: line %d has %d characters".formatted(file, number, line.length()),
              "Name a file of JSON lines, one question or fact each.");
        }
        if (!line.isBlank()) {
          take.accept(JsonText.mapper().readTree(line));
        }
      }
    } catch (JacksonException e) {
      throw LoupeException.badInput(
          "%s: line %d is not JSON".formatted(file, number), "Name a file of JSON lines.", e);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }
}
