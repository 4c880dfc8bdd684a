package dev.loupe.bench;

import dev.loupe.dictionary.FeatureExamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/**
 * Puts the examples that {@code loupe features index} has left in a store beside a dictionary that
 * ships, among the resources of {@code loupe-models}.
 */
public final class ShipExamples {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ShipExamples() {}

  /** Arguments: the folder of dictionaries among the resources, a dictionary's name, the store. */
  public static void main(String[] arguments) throws IOException {
    Path resources = Path.of(arguments[0]);
    String name = arguments[1];
    Path index = resources.resolve("index.json");
    JsonNode all = JSON.readTree(index.toFile());
    for (JsonNode entry : all) {
      if (entry.get("name").asString().equals(name)) {
        ArrayNode files = (ArrayNode) entry.get("files");
        for (int i = files.size() - 1; i >= 0; i--) {
          if (files.get(i).get("name").asString().equals(FeatureExamples.FILE)) {
            files.remove(i);
          }
        }
        files.addAll(
            Shelving.pack(
                Path.of(arguments[2]), List.of(FeatureExamples.FILE), resources.resolve(name)));
      }
    }
    Files.writeString(index, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
  }
}
