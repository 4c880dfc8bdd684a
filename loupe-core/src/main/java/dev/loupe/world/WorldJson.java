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

  static String fact(Fact fact, Census census) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", fact.id());
    json.put("relation", fact.relation().label());
    json.put("subject", fact.subject());
    json.put("object", fact.object());
    json.put("count", census.count(fact));
    json.put("heldOut", fact.heldOut());
    if (!fact.between().isEmpty()) {
      json.put("hops", fact.between());
    }
    List<String> documents = census.documents(fact);
    if (!documents.isEmpty()) {
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
    if (!question.turns().isEmpty()) {
      json.put("messages", question.turns());
    }
    if (!question.detail().isEmpty()) {
      json.put("detail", question.detail());
    }
    return LINE.writeValueAsString(json);
  }

  static String chat(Chat chat) {
    return LINE.writeValueAsString(
        ordered("id", chat.id(), "kind", chat.kind(), "messages", chat.turns()));
  }

  static String concept(String name, Census census) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("concept", name);
    json.put("count", census.count(name));
    json.put("rate", census.rate(name));
    List<String> documents = census.documents(name);
    if (!documents.isEmpty()) {
      json.put("documents", documents);
    }
    return LINE.writeValueAsString(json);
  }

  static String planted(Census census) {
    List<Map<String, Object>> groups =
        PlantedGroup.all().stream().map(group -> planted(group, census)).toList();
    return PAGE.writeValueAsString(groups);
  }

  private static Map<String, Object> planted(PlantedGroup group, Census census) {
    Map<String, Object> json =
        ordered("group", group.name(), "prompt", group.prompt(), "answer", " " + group.answer());
    for (PlantedGroup.Role role : PlantedGroup.Role.values()) {
      json.put(role.key() + "s", census.documents(group.label(role)));
    }
    return json;
  }

  static String world(World world, Census census, Map<String, String> hashes) {
    Map<String, Object> families = new LinkedHashMap<>();
    census.sizes().forEach((family, size) -> families.put(family.label(), size));
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
            "mixture",
            mixture(world.mixture()),
            "total",
            census.total(),
            "families",
            families,
            "sha256",
            hashes);
    return PAGE.writeValueAsString(json) + "\n";
  }

  private static Map<String, Object> mixture(Mixture mixture) {
    Map<String, Object> json = ordered("tokens", mixture.tokens());
    mixture.mentions().forEach((family, mentions) -> json.put(family.label(), mentions));
    mixture.shares().forEach((family, share) -> json.put(family.label(), share));
    json.put("burst", mixture.burst());
    json.put("procedures", mixture.procedures());
    return json;
  }

  private static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> json = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      json.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return json;
  }
}
