package dev.loupe.cli.option;

import dev.loupe.cli.terminal.RequestFields;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.remote.TextServer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A model behind an OpenAI-compatible server instead of one on this machine. */
public final class ServerOptions {
  @Option(
      names = "--server",
      paramLabel = "URL",
      order = 30,
      description =
          "Ask this OpenAI-compatible server instead, for example http://localhost:8000/v1; the key"
              + " is read from LOUPE_API_KEY or OPENAI_API_KEY.")
  private Optional<String> url = Optional.empty();

  @Option(
      names = "--api-model",
      paramLabel = "NAME",
      order = 31,
      description = "The model, as the server names it.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--answers",
      paramLabel = "FOLDER",
      order = 32,
      description =
          "Keep the server's answers here, so that no question is paid for twice (default: loupe's"
              + " folder in the user's cache).")
  private Optional<Path> answers = Optional.empty();

  /**
   * The server, if one is asked for; it is not asked yet.
   *
   * @throws LoupeException if half of it is missing
   */
  public Optional<TextServer> open(Map<String, String> environment) {
    if (url.isPresent() != name.isPresent()) {
      throw LoupeException.badInput(
          RequestFields.asOptions("`server` and `apiModel` belong together"),
          "Give both, or neither.");
    }
    return url.map(address ->
        TextServer.of(
            address,
            name.orElseThrow(),
            environment,
            Optional.of(answers.orElseGet(() -> folder(environment)))));
  }

  private static Path folder(Map<String, String> environment) {
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path base =
        cache.isEmpty() ? Path.of(System.getProperty("user.home", "."), ".cache") : Path.of(cache);
    return base.resolve("loupe").resolve("answers");
  }
}
