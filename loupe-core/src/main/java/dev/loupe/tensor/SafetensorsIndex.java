package dev.loupe.tensor;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/** Reads {@code model.safetensors.index.json}: which shard holds which tensor. */
final class SafetensorsIndex {
  private static final long MAX_BYTES = 100_000_000;
  private static final String REMEDY =
      "The index does not fit its folder: download the checkpoint again.";
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final Path index;

  SafetensorsIndex(Path index) {
    this.index = index;
  }

  /**
   * The shard of each tensor, as a path inside the folder of the index.
   *
   * @throws LoupeException if the index is malformed or leads out of its folder
   */
  SequencedMap<String, Path> shards() {
    SequencedMap<String, Path> shards = new LinkedHashMap<>();
    boolean mapped = false;
    try {
      if (Files.size(index) > MAX_BYTES) {
        throw fault("is larger than " + MAX_BYTES + " bytes");
      }
      try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), FileText.read(index))) {
        expect(json.nextToken() == JsonToken.START_OBJECT, "is not a JSON object");
        while (json.nextToken() != JsonToken.END_OBJECT) {
          String field = json.currentName();
          json.nextToken();
          if (field.equals("weight_map")) {
            mapped = true;
            weightMap(json, shards);
          } else {
            json.skipChildren();
          }
        }
        expect(json.nextToken() == null, "has text after the closing brace");
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(index, REMEDY, e);
    } catch (JacksonException e) {
      String where = " (line " + e.getLocation().getLineNr() + ")";
      throw LoupeException.badInput(index + ": not JSON: " + JsonText.why(e) + where, REMEDY, e);
    }
    expect(mapped, "has no weight_map");
    return Collections.unmodifiableSequencedMap(shards);
  }

  private void weightMap(JsonParser json, SequencedMap<String, Path> shards) {
    expect(json.currentToken() == JsonToken.START_OBJECT, "weight_map is not an object");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String tensor = json.currentName();
      expect(
          json.nextToken() == JsonToken.VALUE_STRING,
          "the shard of tensor " + tensor + " is not text");
      shards.put(tensor, inside(tensor, json.getString()));
    }
  }

  /** The shard's path, which may not leave the folder by its name. Links are the owner's affair. */
  private Path inside(String tensor, String shard) {
    try {
      Path relative = Path.of(shard);
      boolean plain = !relative.isAbsolute() && !shard.startsWith("/") && shard.indexOf('\\') < 0;
      for (Path part : relative) {
        plain &= !part.toString().isEmpty() && !part.toString().startsWith("..");
      }
      expect(plain, "tensor " + tensor + " lies outside the folder, in " + shard);
      return index.resolveSibling(relative).normalize();
    } catch (InvalidPathException e) {
      throw LoupeException.badInput(
          index + ": the shard of tensor " + tensor + " is not a file name", REMEDY, e);
    }
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      throw fault(otherwise);
    }
  }

  private LoupeException fault(String what) {
    return LoupeException.badInput(index + ": " + what, REMEDY);
  }
}
