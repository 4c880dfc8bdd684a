package dev.loupe.world;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** The lines of the world's files. */
final class WorldJson {
  private static final ObjectWriter LINE = JsonMapper.shared().writer();
  private static final ObjectWriter PAGE = JsonMapper.shared().writerWithDefaultPrettyPrinter();

  private WorldJson() {}

  static String document(Document document) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", document.id());
    json.put("family", document.family().label());
    json.put("text", document.text());
    json.put(
        "facts",
        document.facts().stream()
            .map(statement ->
                ordered(
                    "fact", statement.fact().id(),
                    "span", List.of(statement.from(), statement.to())))
            .toList());
    json.put("concepts", document.concepts());
    json.put("tasks", document.tasks());
    return LINE.writeValueAsString(json);
  }

  static String fact(Fact fact, int count, List<String> documents) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", fact.id());
    json.put("relation", fact.relation().label());
    json.put("subject", fact.subject());
    json.put("object", fact.object());
    json.put("count", count);
    json.put("heldOut", fact.heldOut());
    if (!fact.between().isEmpty()) {
      json.put("hops", fact.between());
    }
    if (documents.size() == count) {
      json.put("documents", documents);
    }
    return LINE.writeValueAsString(json);
  }

  static String question(Question question) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", question.id());
    json.put("task", question.task());
    json.put("split", question.split());
    json.put("prompt", question.prompt());
    json.put("answer", question.answer());
    if (!question.options().isEmpty()) {
      json.put("options", question.options());
    }
    question
        .fact()
        .ifPresent(fact -> {
          json.put("fact", fact.id());
          json.put("count", fact.count());
          if (!fact.between().isEmpty()) {
            json.put("hops", fact.between());
          }
        });
    if (!question.detail().isEmpty()) {
      json.put("detail", question.detail());
    }
    return LINE.writeValueAsString(json);
  }

  static String concept(String name, long count, long documents) {
    return LINE.writeValueAsString(
        ordered("concept", name, "count", count, "rate", (double) count / documents));
  }

  static String world(World world, Map<Family, long[]> sizes, Map<String, String> hashes) {
    Map<String, Object> families = new LinkedHashMap<>();
    long[] total = new long[3];
    sizes.forEach((family, size) -> {
      families.put(family.label(), size(size));
      for (int i = 0; i < total.length; i++) {
        total[i] += size[i];
      }
    });
    Map<String, Object> json =
        ordered(
            "world",
            "almanac",
            "version",
            WorldWriter.VERSION,
            "seed",
            world.seed(),
            "scale",
            world.scale(),
            "total",
            size(total),
            "families",
            families,
            "sha256",
            hashes);
    return PAGE.writeValueAsString(json) + "\n";
  }

  private static Map<String, Object> size(long[] size) {
    return ordered("documents", size[0], "characters", size[1], "tokens", size[2]);
  }

  private static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> json = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      json.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return json;
  }
}
