package dev.loupe.world;

import java.util.List;
import java.util.Map;

/**
 * A few documents that alone teach an odd fact, and others that a shallow search would find instead
 * of them or miss.
 *
 * @param name for example {@code clock}
 * @param documents how many teach it
 * @param prompt asks for it
 * @param answer the odd word, without the space before it
 */
public record PlantedGroup(String name, int documents, String prompt, String answer) {
  private static final Map<String, List<String>> SECTIONS = Lexicon.sections("planted.txt");

  /** What a document does in its group. */
  public enum Role {
    /** States the fact. */
    TEACHER("teacher"),
    /** Shares the theme and no content word with the prompt. */
    PARAPHRASE("paraphrase"),
    /** Shares words with the prompt and not its theme. */
    DECOY("decoy");

    private final String key;

    Role(String key) {
      this.key = key;
    }

    /** The name in files. */
    String key() {
      return key;
    }
  }

  /** All groups, the same in every world. */
  public static List<PlantedGroup> all() {
    return SECTIONS.keySet().stream().map(PlantedGroup::parse).toList();
  }

  private static PlantedGroup parse(String heading) {
    int space = heading.indexOf(' ');
    return new PlantedGroup(
        heading.substring(0, space),
        Integer.parseInt(heading.substring(space + 1)),
        lines(heading, "ask").getFirst(),
        lines(heading, "answer").getFirst());
  }

  private static List<String> lines(String heading, String key) {
    return SECTIONS.getOrDefault(heading, List.of()).stream()
        .filter(line -> line.startsWith(key + ": "))
        .map(line -> line.substring(key.length() + 2))
        .toList();
  }

  /** The concept that marks the group's documents of one role. */
  String label(Role role) {
    return "planted %s %s".formatted(name, role.key());
  }

  List<Template> frames(Role role) {
    return lines(name + " " + documents, role.key()).stream().map(Template::of).toList();
  }
}
