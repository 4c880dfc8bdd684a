package dev.loupe.tokenizer;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The tokenizer files of a model folder as Hugging Face lays them out: {@code tokenizer.json},
 * {@code tokenizer_config.json} and {@code chat_template.jinja}.
 */
public final class TokenizerFiles {
  private static final long LARGEST_FILE = 64L << 20;

  private final Path folder;

  private TokenizerFiles(Path folder) {
    this.folder = folder;
  }

  /** The files of a folder; nothing is read yet. */
  public static TokenizerFiles in(Path folder) {
    return new TokenizerFiles(folder);
  }

  /**
   * Opens the tokenizer.
   *
   * @throws LoupeException if {@code tokenizer.json} is missing or malformed, or one of the files
   *     asks for something that Loupe does not follow and that could change the tokens
   */
  public Tokenizer tokenizer() {
    Path file = folder.resolve("tokenizer.json");
    if (!Files.exists(file)) {
      throw LoupeException.badInput(
          folder + " holds no tokenizer.json",
          "choose a model that has one; a tokenizer.model or vocab.txt alone is not enough");
    }
    Tokenizer tokenizer = Tokenizer.open(file);
    try {
      TokenizerConfig.requireFollowed(
          configFile().toString(), config(), tokenizer.vocabularySize());
      return tokenizer.with(config(), object(folder.resolve("special_tokens_map.json")));
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /** The tokens that the configuration calls the beginning and the end of a text. */
  public BoundaryTokens boundaries(Tokenizer tokenizer) {
    Map<String, String> special = specialTokens(config());
    return new BoundaryTokens(
        id(tokenizer, special, "bos_token"), id(tokenizer, special, "eos_token"));
  }

  private static OptionalInt id(Tokenizer tokenizer, Map<String, String> special, String kind) {
    return Optional.ofNullable(special.get(kind))
        .flatMap(tokenizer::id)
        .map(OptionalInt::of)
        .orElseGet(OptionalInt::empty);
  }

  /**
   * The chat template: the file of its own if there is one, else the one in the configuration, or
   * of several there the one named {@code default}; empty for a model without. Where there are
   * several and none is the default, the template fails when it is asked to write a conversation.
   *
   * @throws LoupeException if a file is malformed
   */
  public Optional<ChatTemplate> chatTemplate() {
    JsonNode config = config();
    Path file = folder.resolve("chat_template.jinja");
    if (Files.exists(file)) {
      return Optional.of(ChatTemplate.of(file.toString(), read(file), specialTokens(config)));
    }
    SortedMap<String, String> named = new TreeMap<>(additional());
    JsonNode entry = config.path("chat_template");
    if (entry.isArray()) {
      entry.forEach(
          each -> named.put(each.path("name").asString(""), each.path("template").asString("")));
    } else if (entry.isObject()) {
      entry.properties().forEach(each -> named.put(each.getKey(), each.getValue().asString("")));
    } else if (entry.isString()) {
      named.put("default", entry.asString());
    }
    String origin = configFile() + " chat_template";
    if (named.isEmpty()) {
      return Optional.empty();
    }
    String only = named.size() == 1 ? named.firstKey() : "default";
    return Optional.of(
        Optional.ofNullable(named.get(only))
            .map(text -> ChatTemplate.of(origin, text, specialTokens(config)))
            .orElseGet(() -> ChatTemplate.undecided(folder.toString(), named.keySet())));
  }

  /** Templates in files of their own, by name. */
  private Map<String, String> additional() {
    Path place = folder.resolve("additional_chat_templates");
    Map<String, String> found = new HashMap<>();
    if (Files.isDirectory(place)) {
      try (Stream<Path> files = Files.list(place)) {
        for (Path file : files.sorted().toList()) {
          String name = String.valueOf(file.getFileName());
          if (name.endsWith(".jinja")) {
            found.put(name.substring(0, name.length() - ".jinja".length()), read(file));
          }
        }
      } catch (IOException e) {
        throw FileFault.cannotRead(place, e);
      }
    }
    return found;
  }

  private static Map<String, String> specialTokens(JsonNode config) {
    Map<String, String> tokens = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : config.properties()) {
      JsonNode token = entry.getValue();
      JsonNode text = token.isObject() ? token.path("content") : token;
      if (entry.getKey().endsWith("_token") && text.isString()) {
        tokens.put(entry.getKey(), text.asString());
      }
    }
    return tokens;
  }

  private Path configFile() {
    return folder.resolve("tokenizer_config.json");
  }

  private JsonNode config() {
    return object(configFile());
  }

  /** A file's JSON object; an empty one where there is no file. */
  private static JsonNode object(Path file) {
    JsonMapper mapper = JsonText.mapper();
    if (!Files.exists(file)) {
      return mapper.createObjectNode();
    }
    try {
      return mapper.readTree(read(file));
    } catch (JacksonException e) {
      throw LoupeException.badInput(
          file + " is not JSON: " + JsonText.why(e), "fetch the file again", e);
    }
  }

  private static String read(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST_FILE) {
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT, "%s has %,d bytes; at most %,d are read", file, size, LARGEST_FILE),
            "fetch the file again");
      }
      return FileText.read(file);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }
}
