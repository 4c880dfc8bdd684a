package dev.loupe.model.remote;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Questions to a server as JSON, and its answers as text. A server that is busy is asked again a
 * few times, after the delay it gives or ever longer pauses; an answer is read up to a bound.
 */
final class Transport implements AutoCloseable {
  private static final Set<Integer> BUSY = Set.of(429, 500, 502, 503, 504);
  private static final int ATTEMPTS = 4;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int LARGEST_ANSWER = 4 << 20;
  private static final int SHOWN = 200;

  private final String model;
  private final Optional<String> key;
  private final Pause pause;
  private final Duration patience;
  private final HttpClient client;

  /** Waits between two attempts. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  Transport(String model, Optional<String> key, Pause pause) {
    this(model, key, pause, PATIENCE);
  }

  /**
   * Questions.
   *
   * @param patience until an answer begins, and from there until it is complete
   */
  Transport(String model, Optional<String> key, Pause pause, Duration patience) {
    this.model = model;
    this.key = key;
    this.pause = pause;
    this.patience = patience;
    this.client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
  }

  /**
   * Asks and waits.
   *
   * @return the body of the answer
   * @throws LoupeException if the server cannot be reached, refuses, or stays busy
   */
  String post(URI endpoint, String question) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint)
            .timeout(patience)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(question));
    key.ifPresent(value -> request.header("Authorization", "Bearer " + value));
    try {
      for (int attempt = 1; ; attempt++) {
        HttpResponse<InputStream> response =
            client.send(request.build(), BodyHandlers.ofInputStream());
        String body = read(endpoint, response);
        if (response.statusCode() == 200) {
          return body;
        }
        if (!BUSY.contains(response.statusCode()) || attempt == ATTEMPTS) {
          throw refused(endpoint, response.statusCode(), body);
        }
        pause.of(wait(response, attempt));
      }
    } catch (IOException e) {
      throw LoupeException.badInput(
          endpoint + ": cannot be reached (" + e + ")",
          "Check the address and that the server runs.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LoupeException.resource(endpoint + ": interrupted", "Ask again.", e);
    }
  }

  private String read(URI endpoint, HttpResponse<InputStream> response) {
    try (InputStream in = response.body()) {
      // The client's own timeout ends where an answer begins: one that stalls is closed.
      CompletableFuture<Void> late =
          CompletableFuture.runAsync(
              () -> close(in),
              CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS));
      byte[] bytes = in.readNBytes(LARGEST_ANSWER + 1);
      late.cancel(false);
      if (bytes.length > LARGEST_ANSWER) {
        throw garbage(endpoint, String.format(Locale.ROOT, "more than %,d bytes", LARGEST_ANSWER));
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw LoupeException.badInput(
          "%s: an answer broke off, or took longer than %d s (%s)"
              .formatted(endpoint, patience.toSeconds(), e.getMessage()),
          "Ask again, or look at the server's own log.",
          e);
    }
  }

  private static void close(InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Duration wait(HttpResponse<?> response, int attempt) {
    Duration usual = Duration.ofSeconds(1L << (attempt - 1));
    Duration asked =
        response
            .headers()
            .firstValue("Retry-After")
            .filter(value -> value.matches("\\d{1,4}"))
            .map(value -> Duration.ofSeconds(Long.parseLong(value)))
            .orElse(usual);
    return asked.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : asked;
  }

  /**
   * An answer as JSON.
   *
   * @throws LoupeException if it is none
   */
  JsonNode tree(URI endpoint, String body) {
    try {
      return JsonMapper.shared().readTree(body);
    } catch (JacksonException e) {
      throw garbage(endpoint, "something that is not JSON: " + brief(body));
    }
  }

  private LoupeException refused(URI endpoint, int status, String body) {
    String said = "%s: answered %d: %s".formatted(endpoint, status, brief(body));
    String first = ChatServer.KEYS.getFirst();
    return switch (status) {
      case 401, 403 ->
          LoupeException.badInput(
              key.isPresent() ? said : said + " (no key was sent)",
              "Set " + first + " to a key that the server accepts.");
      case 404 ->
          LoupeException.badInput(
              said, "Check the address and whether the server has the model '" + model + "'.");
      case 429 ->
          LoupeException.resource(said, "The server's rate limit is reached: try again later.");
      case 400, 413, 422 ->
          LoupeException.badInput(
              said,
              "Read the server's reason above; a prompt longer than its context must be"
                  + " shortened.");
      default -> LoupeException.badInput(said, "Look at the server's own log.");
    };
  }

  LoupeException garbage(URI endpoint, String what) {
    return LoupeException.badInput(
        endpoint + ": answered " + what,
        "Check that the address is that of an OpenAI-compatible server, such as"
            + " http://localhost:8000/v1.");
  }

  /** The beginning of an answer on one line, without the key if the server repeats it. */
  String brief(String body) {
    String hidden = key.map(value -> body.replace(value, "…")).orElse(body);
    String line = hidden.replaceAll("\\s+", " ").strip();
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }

  @Override
  public void close() {
    client.close();
  }
}
