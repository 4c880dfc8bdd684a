package dev.loupe.encoder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The folders that loupe-bench/peer/tiny_encoders.py writes. */
public final class TinyEncoders {
  static final Path FOLDER =
      Path.of(System.getProperty("loupe.root", ".."), "loupe-core/src/test/resources/encoder");

  private TinyEncoders() {}

  /** Token vectors, pooled by their mean; reads 16 tokens. */
  public static Path embedding() {
    return FOLDER.resolve("embedding");
  }

  /** Logits of contradiction, neutral, entailment. */
  public static Path entailment() {
    return FOLDER.resolve("entailment");
  }

  static Path copy(Path folder, Path to) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(folder.relativize(file)));
      }
    }
    return to;
  }
}
