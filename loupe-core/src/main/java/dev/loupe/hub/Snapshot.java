package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A folder that may hold a model, in the cache or anywhere else, and what it lacks of one: another
 * client may have fetched the configuration alone, and a download may have been killed.
 *
 * @param location what a loader opens, present when the model is whole
 * @param weights the files that hold the weights
 * @param missing what is not there
 */
record Snapshot(Optional<Path> location, List<Path> weights, List<String> missing) {
  static final String INDEX = "model.safetensors.index.json";

  private static final Pattern PICKLED =
      Pattern.compile("pytorch_model[^/]*\\.bin|[^/]*\\.(pt|pth|ckpt)");

  private static final Pattern OF_A_DICTIONARY =
      Pattern.compile(
          "[^/]*\\.npz|cfg\\.json|(sae|ae|W_enc|transcoder|[^/]*layer_\\d)[^/]*\\.safetensors");

  private static final long LONGEST_INDEX_BYTES = 64L << 20;

  /** Looks into a folder for a transformers model, or else for its one GGUF file. */
  static Snapshot of(Path folder) {
    List<Path> safetensors = List.of();
    if (Files.isRegularFile(folder.resolve(INDEX))
        && !Files.isRegularFile(folder.resolve("model.safetensors"))) {
      safetensors = shards(folder.resolve(INDEX));
    } else if (Files.isRegularFile(folder.resolve("model.safetensors"))) {
      safetensors = List.of(folder.resolve("model.safetensors"));
    }
    List<Path> ggufs =
        ending(folder, ".gguf").stream()
            .map(file -> file.resolveSibling(GgufFiles.first(Disk.fileName(file))))
            .distinct()
            .toList();
    if (safetensors.isEmpty() && ggufs.size() == 1) {
      return ofGguf(ggufs.getFirst());
    }
    if (safetensors.isEmpty() && ggufs.size() > 1) {
      throw LoupeException.badInput(
          folder + " holds several GGUF files",
          "Choose one by its path, or as in org/name:FILE, of: "
              + String.join(", ", ggufs.stream().map(Disk::fileName).toList())
              + ".");
    }
    List<String> missing = new ArrayList<>();
    if (!Files.isRegularFile(folder.resolve("config.json"))) {
      missing.add("config.json");
    }
    if (safetensors.isEmpty()) {
      missing.add("weights (.safetensors or .gguf)");
    }
    safetensors.stream()
        .filter(file -> !Files.isRegularFile(file))
        .forEach(file -> missing.add(Disk.fileName(file)));
    return new Snapshot(
        Optional.of(folder).filter(f -> missing.isEmpty()), safetensors, List.copyOf(missing));
  }

  /**
   * What a folder lacks; of several GGUF files, of which each is a model, what all of them do. A
   * repository of dictionaries, or one with pickled weights alone, lacks nothing that fetching it
   * again would bring.
   */
  static List<String> missing(Path folder) {
    try {
      List<String> missing = of(folder).missing();
      return missing.isEmpty() || !isOfAnotherKind(folder) ? missing : List.of();
    } catch (LoupeException _) {
      boolean index = Files.isRegularFile(folder.resolve(INDEX));
      return index
          ? List.of(INDEX + " that can be read")
          : ending(folder, ".gguf").stream()
              .flatMap(file -> ofGguf(file).missing().stream())
              .distinct()
              .toList();
    }
  }

  private static boolean isOfAnotherKind(Path folder) {
    boolean isModel = Files.isRegularFile(folder.resolve("config.json"));
    return Inventory.files(folder).stream()
        .map(file -> file.name().substring(file.name().lastIndexOf('/') + 1))
        .anyMatch(name -> (isModel ? PICKLED : OF_A_DICTIONARY).matcher(name).matches());
  }

  /** Looks for one GGUF file of a folder, with the other parts if it is split. */
  static Snapshot of(Path folder, String file) {
    return ofGguf(folder.resolve(file));
  }

  /** A GGUF file, with the other parts if it is split. */
  static Snapshot ofGguf(Path file) {
    List<Path> parts = GgufFiles.parts(file);
    List<String> missing =
        parts.stream()
            .filter(part -> !Files.isRegularFile(part))
            .map(part -> Disk.fileName(part))
            .toList();
    return new Snapshot(
        Optional.of(parts.getFirst()).filter(_ -> missing.isEmpty()), parts, missing);
  }

  private static List<Path> ending(Path folder, String suffix) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> Disk.fileName(file).endsWith(suffix)).sorted().toList();
    } catch (IOException e) {
      throw Disk.failure(folder, e);
    }
  }

  private static List<Path> shards(Path index) {
    try {
      if (Files.size(index) > LONGEST_INDEX_BYTES) {
        throw badIndex(index, "is larger than 64 MB");
      }
      JsonNode map = JsonText.read(index).path("weight_map");
      var names = new TreeSet<String>();
      for (JsonNode shard : map) {
        String name = shard.asString("");
        if (!Names.isFile(name)) {
          throw badIndex(index, "names a file outside of its folder: " + Names.shown(name));
        }
        names.add(name);
      }
      if (names.isEmpty()) {
        throw badIndex(index, "has no 'weight_map'");
      }
      return names.stream().map(Disk.parent(index)::resolve).toList();
    } catch (JacksonException e) {
      throw badIndex(index, "is not JSON");
    } catch (IOException e) {
      throw Disk.failure(index, e);
    }
  }

  private static LoupeException badIndex(Path index, String problem) {
    return LoupeException.badInput(
        index + " " + problem, "Fetch the model again, or repair the file.");
  }
}
