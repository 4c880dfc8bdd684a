package dev.loupe.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds the parity fixtures; a kind that is absent skips its tests with the reason. */
final class Oracles {
  private static final Path ROOT =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"));

  private Oracles() {}

  /** The folders below {@code kind} that hold {@code file}. */
  static List<Path> folders(String kind, String file) throws IOException {
    Path parent = ROOT.resolve(kind);
    Assumptions.assumeTrue(Files.isDirectory(parent), "no fixtures in " + parent);
    try (Stream<Path> found = Files.list(parent)) {
      List<Path> folders =
          found.filter(folder -> Files.exists(folder.resolve(file))).sorted().toList();
      Assumptions.assumeFalse(folders.isEmpty(), "no " + file + " below " + parent);
      return folders;
    }
  }

  static Path file(String path) {
    Path file = ROOT.resolve(path);
    Assumptions.assumeTrue(Files.exists(file), "no fixture " + file);
    return file;
  }

  static JsonNode json(Path file) throws IOException {
    return new JsonMapper().readTree(Files.readString(file));
  }

  static int[] ints(JsonNode numbers) {
    return numbers.valueStream().mapToInt(JsonNode::asInt).toArray();
  }
}
