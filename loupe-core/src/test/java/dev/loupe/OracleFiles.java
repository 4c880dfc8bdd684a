package dev.loupe;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The parity fixtures outside the repository, at the system property {@code loupe.oracles}. */
public final class OracleFiles {
  private static final ObjectMapper JSON = new ObjectMapper();

  private OracleFiles() {}

  /** A folder or file of the fixtures. Skips the calling test if it is not there. */
  public static Path at(String relative) {
    Path path = Path.of(System.getProperty("loupe.oracles", "../shared/oracles"), relative);
    assumeTrue(Files.exists(path), "no fixture at " + path);
    return path;
  }

  /** A JSON fixture. Skips the calling test if it is not there. */
  public static JsonNode json(String relative) {
    return JSON.readTree(at(relative).toFile());
  }
}
