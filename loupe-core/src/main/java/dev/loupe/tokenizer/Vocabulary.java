package dev.loupe.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The words of a {@code tokenizer.json}: read once from front to back, so that the merges of a
 * large vocabulary are never held as a tree.
 *
 * @param ids every token, added ones included
 * @param tokens the same by number
 * @param added the tokens that are matched in the text before anything else
 */
record Vocabulary(Map<String, Integer> ids, Map<Integer, String> tokens, List<AddedToken> added) {
  /**
   * @param special whether it is a control token rather than an ordinary word
   * @param inModel whether the model's own vocabulary holds it too
   */
  record AddedToken(int id, String content, boolean special, boolean inModel, Matching matching) {}

  /** How an added token is found in a text: what stands around it, and before which changes. */
  record Matching(boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized) {
    /** Of an entry; one that is only a text says none of it. */
    static Matching of(JsonNode entry) {
      return new Matching(
          entry.path("single_word").asBoolean(false),
          entry.path("lstrip").asBoolean(false),
          entry.path("rstrip").asBoolean(false),
          entry.path("normalized").asBoolean(false));
    }
  }

  /**
   * @param name what errors call it
   * @throws JacksonException if the text is not JSON, or its numbers are not token numbers
   * @throws dev.loupe.fault.LoupeException if a key or a part is not known
   */
  static Vocabulary read(String json, String name) {
    Map<String, Integer> ids = new HashMap<>();
    List<AddedToken> listed = new ArrayList<>();
    JsonMapper mapper = new JsonMapper();
    try (JsonParser parser = mapper.createParser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = parser.currentName();
        parser.nextToken();
        TokenizerParts.requireKnown(name, key);
        if (key.equals("added_tokens")) {
          JsonNode entries = parser.readValueAsTree();
          for (JsonNode entry : entries) {
            listed.add(
                new AddedToken(
                    entry.path("id").asInt(),
                    entry.path("content").asString(),
                    entry.path("special").asBoolean(false),
                    false,
                    Matching.of(entry)));
          }
        } else if (key.equals("model") && parser.currentToken() == JsonToken.START_OBJECT) {
          readModel(parser, ids, name);
        } else if (key.equals("truncation") || key.equals("padding")) {
          // Loupe decides itself how long a prompt may be, as transformers does.
          parser.skipChildren();
        } else {
          TokenizerParts.requireKnownPart(name, key, parser.readValueAsTree());
        }
      }
    }
    List<AddedToken> added = new ArrayList<>();
    for (AddedToken token : listed) {
      boolean inModel = ids.containsKey(token.content());
      added.add(
          new AddedToken(token.id(), token.content(), token.special(), inModel, token.matching()));
    }
    added.forEach(token -> ids.put(token.content(), token.id()));
    Map<Integer, String> tokens = HashMap.newHashMap(ids.size());
    ids.forEach((token, id) -> tokens.put(id, token));
    return new Vocabulary(ids, tokens, List.copyOf(added));
  }

  private static void readModel(JsonParser parser, Map<String, Integer> ids, String name) {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      TokenizerParts.requireKnownOfModel(name, key);
      if (key.equals("dropout") && value.isNumeric()) {
        TokenizerParts.requireNoDropout(name, parser.getDoubleValue());
      }
      if (!key.equals("vocab")) {
        parser.skipChildren();
      } else if (value == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String token = parser.currentName();
          parser.nextToken();
          ids.put(token, parser.getIntValue());
        }
      } else if (value == JsonToken.START_ARRAY) {
        readScored(parser, ids);
      }
    }
  }

  /** A list of [token, score]; a token's number is its place. */
  private static void readScored(JsonParser parser, Map<String, Integer> ids) {
    for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
      parser.nextToken();
      ids.put(parser.getString(), id);
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        parser.skipChildren();
      }
    }
  }
}
