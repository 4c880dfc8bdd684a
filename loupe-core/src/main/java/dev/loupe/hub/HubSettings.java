package dev.loupe.hub;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where models come from and where they are kept, by the Hugging Face client's variables.
 *
 * @param cache the folder of {@code models--*} ({@code HF_HUB_CACHE}, else {@code HF_HOME/hub})
 * @param endpoint the hub's address without a trailing slash ({@code HF_ENDPOINT})
 * @param token the secret for private models ({@code HF_TOKEN}, else the token file)
 * @param offline whether the network is forbidden ({@code HF_HUB_OFFLINE})
 * @param loupeCache Loupe's own small cache ({@code XDG_CACHE_HOME/loupe})
 */
public record HubSettings(
    Path cache, URI endpoint, Optional<AccessToken> token, boolean offline, Path loupeCache) {
  private static final String PUBLIC_HUB = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

  /**
   * Reads the settings from the variables of a process.
   *
   * @param environment the variables; an empty one counts as absent
   * @param home the person's home folder
   * @throws LoupeException if {@code HF_ENDPOINT} is not a web address or the token file is
   *     unreadable
   */
  public static HubSettings from(Map<String, String> environment, Path home) {
    var variables = new Variables(environment, home);
    Path userCache = variables.path("XDG_CACHE_HOME").orElse(home.resolve(".cache"));
    Path hubHome = variables.path("HF_HOME").orElse(userCache.resolve("huggingface"));
    Path cache =
        variables
            .path("HF_HUB_CACHE")
            .or(() -> variables.path("HUGGINGFACE_HUB_CACHE"))
            .orElse(hubHome.resolve("hub"));
    boolean offline =
        variables
            .text("HF_HUB_OFFLINE")
            .or(() -> variables.text("TRANSFORMERS_OFFLINE"))
            .map(value -> TRUE.contains(value.toLowerCase(Locale.ROOT)))
            .orElse(false);
    return new HubSettings(
        cache,
        endpoint(variables.text("HF_ENDPOINT").orElse(PUBLIC_HUB)),
        token(variables, hubHome),
        offline,
        userCache.resolve("loupe"));
  }

  private static URI endpoint(String text) {
    String remedy = "Set HF_ENDPOINT to an address such as " + PUBLIC_HUB + ", or unset it.";
    URI address;
    try {
      address = URI.create(text.replaceAll("/+$", ""));
    } catch (IllegalArgumentException e) {
      throw LoupeException.badInput("HF_ENDPOINT is not a web address", remedy, e);
    }
    String scheme = Optional.ofNullable(address.getScheme()).orElse("");
    if (address.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
      throw LoupeException.badInput("HF_ENDPOINT is not an http or https address", remedy);
    }
    if (address.getUserInfo() != null
        || address.getRawQuery() != null
        || address.getRawFragment() != null) {
      throw LoupeException.badInput("HF_ENDPOINT holds a user name, a query or a fragment", remedy);
    }
    return address;
  }

  private static Optional<AccessToken> token(Variables variables, Path hubHome) {
    Optional<String> given =
        variables.text("HF_TOKEN").or(() -> variables.text("HUGGING_FACE_HUB_TOKEN"));
    if (given.isEmpty()) {
      Path file = variables.path("HF_TOKEN_PATH").orElse(hubHome.resolve("token"));
      try {
        given = Files.exists(file) ? Optional.of(FileText.read(file).strip()) : given;
      } catch (IOException e) {
        throw FileFault.cannotRead(
            "the token file " + file, "Make it readable, or set HF_TOKEN.", e);
      }
    }
    return given.filter(text -> !text.isEmpty()).map(AccessToken::new);
  }

  private record Variables(Map<String, String> environment, Path home) {
    Optional<String> text(String name) {
      return Optional.ofNullable(environment.get(name))
          .map(String::strip)
          .filter(value -> !value.isEmpty());
    }

    Optional<Path> path(String name) {
      return text(name)
          .map(value ->
              value.equals("~") || value.startsWith("~/")
                  ? home.resolve(value.length() > 2 ? value.substring(2) : "")
                  : Path.of(value));
    }
  }
}
