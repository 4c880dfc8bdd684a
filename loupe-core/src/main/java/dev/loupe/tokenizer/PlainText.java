package dev.loupe.tokenizer;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Rewrites a {@code tokenizer.json} so that control tokens are ordinary characters. */
final class PlainText {
  /** Noncharacters of Unicode, which no interchanged text holds. */
  private static final String NEVER_IN_TEXT = "\uFDD0\uFDD1";

  private PlainText() {}

  static String withoutControlTokens(String json, Vocabulary vocabulary) {
    Map<Integer, Vocabulary.AddedToken> added = new HashMap<>();
    vocabulary.added().forEach(token -> added.put(token.id(), token));
    JsonMapper mapper = new JsonMapper();
    ObjectNode document = (ObjectNode) mapper.readTree(json);
    ArrayNode kept = mapper.createArrayNode();
    for (JsonNode entry : document.path("added_tokens")) {
      Vocabulary.AddedToken token = added.get(entry.path("id").asInt());
      if (token == null || !token.special()) {
        kept.add(entry);
      } else if (!token.inModel()) {
        // Its place must stay taken: the library numbers such tokens in order of appearance.
        ((ObjectNode) entry).put("content", NEVER_IN_TEXT + token.id());
        kept.add(entry);
      }
    }
    document.set("added_tokens", kept);
    document.remove("post_processor");
    return mapper.writeValueAsString(document);
  }
}
