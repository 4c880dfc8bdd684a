package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A question, and documents of which it is known what they have to do with it.
 *
 * @param prompt ends where the answer starts
 * @param answer with its space
 * @param teachers ids of documents that state it
 * @param paraphrases ids of those that share its theme and none of its words
 * @param decoys ids of those that share its words and not its theme
 */
record PlantedQuestion(
    String prompt,
    String answer,
    Set<String> teachers,
    Set<String> paraphrases,
    Set<String> decoys) {
  PlantedQuestion {
    teachers = Set.copyOf(teachers);
    paraphrases = Set.copyOf(paraphrases);
    decoys = Set.copyOf(decoys);
  }

  static PlantedQuestion of(String prompt, String answer) {
    return new PlantedQuestion(prompt, answer, Set.of(), Set.of(), Set.of());
  }

  /**
   * The groups of a world.
   *
   * @throws LoupeException if the file cannot be read, or holds no group
   */
  static List<PlantedQuestion> read(Path file) {
    try {
      JsonNode root = JsonText.read(file);
      List<PlantedQuestion> found = new ArrayList<>();
      for (JsonNode group : root) {
        String prompt = group.path("prompt").asString("");
        String answer = group.path("answer").asString("");
        if (!prompt.isEmpty() && !answer.isEmpty()) {
          found.add(
              new PlantedQuestion(
                  prompt,
                  answer,
                  ids(group.path("teachers")),
                  ids(group.path("paraphrases")),
                  ids(group.path("decoys"))));
        }
      }
      if (found.isEmpty()) {
        throw LoupeException.badInput(
            file + ": no group has a `prompt` and an `answer`",
            "Give the file planted.json of a world, or one like it.");
      }
      return found;
    } catch (IOException | JacksonException e) {
      throw FileFault.cannotRead(file, "Give the file planted.json of a world, or one like it.", e);
    }
  }

  private static Set<String> ids(JsonNode list) {
    Set<String> ids = new LinkedHashSet<>();
    list.forEach(id -> ids.add(id.asString("")));
    return ids;
  }
}
