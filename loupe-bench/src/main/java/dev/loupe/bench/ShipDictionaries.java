package dev.loupe.bench;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.format.DictionaryFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns what {@code scripts/train-dictionaries.sh} has made into resources of {@code loupe-models}:
 * the dictionaries, a card each with what the evaluation found, and {@code index.json}.
 */
public final class ShipDictionaries {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ShipDictionaries() {}

  /**
   * One dictionary of the shelf.
   *
   * @param recipe what the script calls it
   */
  private record Kind(String name, String recipe, int features, String about) {
    private static final List<Kind> ALL =
        List.of(
            new Kind("almanac-clt", "almanac-clt", 2048, "cross-layer transcoder of almanac"),
            new Kind("almanac-plt", "almanac-plt", 2048, "transcoders of almanac, one an MLP"),
            new Kind("almanac-sae-512", "almanac-saes", 512, "SAE of almanac, resid_post.4"),
            new Kind("almanac-sae-2048", "almanac-saes", 2048, "SAE of almanac, resid_post.4"),
            new Kind("almanac-sae-8192", "almanac-saes", 8192, "SAE of almanac, resid_post.4"),
            new Kind(
                "almanac-3m-clt", "almanac-3m-clt", 2048, "cross-layer transcoder of almanac-3m"));
  }

  /** Arguments: the folder of trained dictionaries, the folder of resources. */
  public static void main(String[] arguments) throws IOException {
    Path trained = Path.of(arguments[0]);
    Path resources = Files.createDirectories(Path.of(arguments[1]));
    ArrayNode index = JSON.createArrayNode();
    for (Kind kind : Kind.ALL) {
      Path folder = trained.resolve(kind.recipe()).resolve("features-" + kind.features());
      if (Files.isDirectory(folder)) {
        System.err.println(kind.name());
        index.add(ship(kind, trained.resolve(kind.recipe()), folder, resources));
      }
    }
    Files.writeString(
        resources.resolve("index.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(index) + "\n");
  }

  private static ObjectNode ship(Kind kind, Path training, Path folder, Path resources)
      throws IOException {
    JsonNode evaluation =
        JSON.readTree(training.resolve("evaluation-%d.json".formatted(kind.features())).toFile());
    Path card = folder.resolve("README.md");
    Files.writeString(card, card(kind, training, evaluation));
    List<String> names;
    try (Stream<Path> files = Files.list(folder)) {
      names = files.map(file -> file.getFileName().toString()).sorted().toList();
    }
    long parameters;
    try (Dictionary dictionary = DictionaryFiles.open(folder, Optional.empty())) {
      parameters = dictionary.bytes() / 2; // all large matrices are bfloat16
    }
    ObjectNode entry = JSON.createObjectNode();
    entry.put("name", kind.name());
    entry.put("about", kind.about() + ", %,d features a layer".formatted(kind.features()));
    entry.put("parameters", parameters);
    Path to = Files.createDirectories(resources.resolve(kind.name()));
    entry.set("files", Shelving.pack(folder, names, to));
    return entry;
  }

  private static String card(Kind kind, Path training, JsonNode evaluation) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("# %s: %s".formatted(kind.name(), kind.about()));
    lines.add("");
    lines.add(
        "%,d features a layer, bfloat16, trained by Loupe on %,d positions of the Almanac (seed 7)."
            .formatted(kind.features(), tokens(training)));
    lines.add("What it explains is a small model of a world that does not exist.");
    lines.add("");
    lines.add("```");
    lines.add("scripts/train-dictionaries.sh FOLDER %s".formatted(kind.recipe()));
    lines.add("```");
    lines.add("");
    lines.add(
        "On %,d positions of documents that were held out; intervals are of 95%%:"
            .formatted(evaluation.path("positions").asLong()));
    lines.add("");
    lines.add("| layer | FVU | L0 | never active |");
    lines.add("|---|---|---|---|");
    for (JsonNode layer : evaluation.path("layers")) {
      lines.add(
          "| %d | %s | %s | %,d of %,d |"
              .formatted(
                  layer.path("layer").asInt(),
                  figure(layer.path("fvu"), "%.4f"),
                  figure(layer.path("l0"), "%.1f"),
                  layer.path("dead").asInt(),
                  layer.path("features").asInt()));
    }
    for (JsonNode replaced : evaluation.path("replaced")) {
      lines.add("");
      lines.add("| with reconstructions at %s | |".formatted(replaced.path("at").asString()));
      lines.add("|---|---|");
      row(lines, "next token agrees", replaced.path("agreement"));
      row(lines, "where one leads by 10%", replaced.path("clearAgreement"));
      row(lines, "divergence, nats", replaced.path("divergence"));
      row(lines, "loss recovered", replaced.path("lossRecovered"));
    }
    if (evaluation.has("world")) {
      lines.add("");
      lines.add("| the Almanac's questions | model | replaced |");
      lines.add("|---|---|---|");
      evaluation.path("world").properties().stream()
          .filter(entry -> entry.getValue().isObject())
          .forEach(entry ->
              lines.add(
                  String.format(
                      Locale.ROOT,
                      "| %s | %.3f | %.3f |",
                      entry.getKey(),
                      entry.getValue().path("model").asDouble(),
                      entry.getValue().path("replaced").asDouble())));
    }
    return String.join("\n", lines) + "\n";
  }

  private static void row(List<String> lines, String what, JsonNode figures) {
    lines.add("| %s | %s |".formatted(what, figure(figures, "%.4f")));
  }

  private static String figure(JsonNode figures, String format) {
    String value = String.format(Locale.ROOT, format, figures.path("value").asDouble());
    return figures.hasNonNull("low")
        ? value
            + String.format(
                Locale.ROOT,
                " [" + format + ", " + format + "]",
                figures.path("low").asDouble(),
                figures.path("high").asDouble())
        : value;
  }

  private static long tokens(Path training) throws IOException {
    try (Stream<String> lines = Files.lines(training.resolve("metrics.jsonl"))) {
      return lines.mapToLong(line -> JSON.readTree(line).path("tokens").asLong()).max().orElse(0);
    }
  }
}
