package dev.loupe.cli.terminal;

import dev.loupe.dictionary.Dictionary;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a reader of a command's result should know of how its model and dictionary were read, for
 * every command alike: whoever opens one notes it here, {@code JsonOption} writes it into the
 * result, and {@code Main} says at the end what no report has said.
 */
public final class Caveats {
  private final Set<String> noted = new LinkedHashSet<>();
  private final Set<String> shown = new LinkedHashSet<>();

  /** Takes what was found when something was opened. */
  public void note(List<String> caveats) {
    noted.addAll(caveats);
  }

  /** The same dictionary, its caveats noted. */
  public Dictionary noting(Dictionary dictionary) {
    note(dictionary.info().notes());
    return dictionary;
  }

  /** A report has printed these itself. */
  void shown(List<String> caveats) {
    shown.addAll(caveats);
  }

  /** Noted and printed nowhere yet. */
  public List<String> unsaid() {
    return noted.stream().filter(caveat -> !shown.contains(caveat)).toList();
  }

  /** A result with all that was noted among its {@code caveats}. */
  public String into(String json) {
    if (noted.isEmpty() || !(JsonMapper.shared().readTree(json) instanceof ObjectNode result)) {
      return json;
    }
    ArrayNode caveats =
        result.get("caveats") instanceof ArrayNode given ? given : result.putArray("caveats");
    Set<String> present = new LinkedHashSet<>();
    for (JsonNode each : caveats) {
      present.add(each.asString(""));
    }
    List<String> missing = noted.stream().filter(caveat -> !present.contains(caveat)).toList();
    missing.forEach(caveats::add);
    return missing.isEmpty()
        ? json
        : JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(result);
  }
}
