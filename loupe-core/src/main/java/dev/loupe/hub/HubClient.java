package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The three requests of the hub that a download needs. Redirects are followed here and not by the
 * JDK, because the token may be sent only to the hub and the first of several answers carries the
 * headers that name the blob.
 */
final class HubClient {
  /** What a model consists of at one commit. */
  record Listing(String commit, List<String> files) {}

  /**
   * One file at one commit.
   *
   * @param etag the name of its blob
   * @param size in bytes
   */
  record RemoteFile(String name, String etag, long size) {}

  private static final int MOST_REDIRECTS = 10;
  private static final int LONGEST_LISTING_BYTES = 64 << 20;
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HubSettings settings;
  private final Attempts.Pause pause;
  private final Progress progress;
  private @Nullable HttpClient http;

  HubClient(HubSettings settings, Attempts.Pause pause, Progress progress) {
    this.settings = settings;
    this.pause = pause;
    this.progress = progress;
  }

  /**
   * Made at the first request: it loads TLS, which commands without a network need not wait for.
   */
  private synchronized HttpClient http() {
    if (http == null) {
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(Duration.ofSeconds(15))
              .build();
    }
    return http;
  }

  Attempts attempts(String what) {
    return new Attempts(what, pause, progress);
  }

  /** Lists a model's files at a revision. */
  Listing list(String repository, String revision) throws InterruptedException {
    String what = repository + "@" + revision;
    URI address = address("/api/models/" + repository + "/revision/" + encoded(revision));
    Attempts attempts = attempts(what);
    while (true) {
      try {
        HttpResponse<InputStream> response = send("GET", address, 0, what, false);
        try (InputStream body = response.body()) {
          requireData(response, what);
          return listing(body.readNBytes(LONGEST_LISTING_BYTES), repository, what);
        }
      } catch (IOException e) {
        attempts.failed(e);
      }
    }
  }

  private Listing listing(byte[] body, String repository, String what) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JacksonException e) {
      throw notAHub(what, "something other than JSON");
    }
    String commit = root.path("sha").asString("");
    if (!Names.isCommit(commit) || !root.path("siblings").isArray()) {
      throw notAHub(what, "JSON without 'sha' and 'siblings'");
    }
    List<String> files = new ArrayList<>();
    for (JsonNode sibling : root.path("siblings")) {
      files.add(Names.requireFile(sibling.path("rfilename").asString(""), repository));
    }
    return new Listing(commit, List.copyOf(files));
  }

  /** Asks for a file's blob name and size. */
  RemoteFile head(String repository, String commit, String file) throws InterruptedException {
    String what = repository + ":" + file;
    Attempts attempts = attempts(what);
    while (true) {
      try {
        HttpResponse<InputStream> response =
            send("HEAD", fileAddress(repository, commit, file), 0, what, true);
        response.body().close();
        return remoteFile(response, file, commit, what);
      } catch (IOException e) {
        attempts.failed(e);
      }
    }
  }

  private RemoteFile remoteFile(HttpResponse<?> response, String file, String commit, String what)
      throws Attempts.TryAgain {
    Optional<String> linked = response.headers().firstValue("X-Linked-Etag");
    if (linked.isEmpty()) {
      requireData(response, what);
    }
    String etag =
        linked
            .or(() -> response.headers().firstValue("ETag"))
            .map(text -> text.replaceFirst("^W/", "").replace("\"", ""))
            .flatMap(Names::commit)
            .orElseThrow(() -> notAHub(what, "no usable etag"));
    long size =
        response
            .headers()
            .firstValue(linked.isPresent() ? "X-Linked-Size" : "Content-Length")
            .filter(text -> text.matches("\\d{1,18}"))
            .map(Long::parseLong)
            .orElseThrow(() -> notAHub(what, "no size"));
    Optional<String> sent = response.headers().firstValue("X-Repo-Commit");
    if (sent.isPresent() && !sent.get().equals(commit)) {
      throw notAHub(what, "a file of another commit");
    }
    return new RemoteFile(file, etag, size);
  }

  /**
   * Opens a file's bytes.
   *
   * @param from the first byte wanted; the server may answer 200 and send all of them
   */
  HttpResponse<InputStream> open(String repository, String commit, RemoteFile file, long from)
      throws IOException, InterruptedException {
    String what = repository + ":" + file.name();
    return send("GET", fileAddress(repository, commit, file.name()), from, what, false);
  }

  /** Lets pass an answer that carries the file's bytes. */
  void requireBytes(HttpResponse<?> response, RemoteFile file, String repository)
      throws Attempts.TryAgain {
    String what = repository + ":" + file.name();
    requireData(response, what);
  }

  private void requireData(HttpResponse<?> response, String what) throws Attempts.TryAgain {
    HubAnswers.check(response, what, settings);
    if (HubAnswers.isHtml(response.headers())) {
      throw HubAnswers.html(what, settings);
    }
  }

  private HttpResponse<InputStream> send(
      String method, URI address, long from, String what, boolean stopAtEtag)
      throws IOException, InterruptedException {
    URI target = address;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response =
          http().send(request(method, target, from), HttpResponse.BodyHandlers.ofInputStream());
      Optional<String> location = response.headers().firstValue("Location");
      boolean redirect = response.statusCode() / 100 == 3 && location.isPresent();
      boolean named = stopAtEtag && response.headers().firstValue("X-Linked-Etag").isPresent();
      if (!redirect || named) {
        return response;
      }
      response.body().close();
      target = redirected(target, location.get(), what);
    }
    throw notAHub(what, "redirects without end");
  }

  private HttpRequest request(String method, URI target, long from) {
    var request =
        HttpRequest.newBuilder(target)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(ANSWER_TIMEOUT)
            .header("User-Agent", "loupe")
            .header("Accept-Encoding", "identity");
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    if (isHub(target)) {
      settings.token().ifPresent(t -> request.header("Authorization", "Bearer " + t.value()));
    }
    return request.build();
  }

  private URI redirected(URI source, String location, String what) {
    URI target;
    try {
      target = source.resolve(location);
    } catch (IllegalArgumentException e) {
      throw notAHub(what, "a redirect to nowhere");
    }
    String scheme = Optional.ofNullable(target.getScheme()).orElse("");
    boolean allowed =
        scheme.equals("https") || (scheme.equals("http") && "http".equals(source.getScheme()));
    if (!allowed || target.getHost() == null) {
      throw notAHub(what, "a redirect to an address that is not safe");
    }
    return target;
  }

  /** The token goes to the very scheme, host and port of the endpoint, and nowhere else. */
  private boolean isHub(URI target) {
    URI hub = settings.endpoint();
    return hub.getScheme().equals(target.getScheme())
        && hub.getHost().equalsIgnoreCase(target.getHost())
        && port(hub) == port(target);
  }

  private static int port(URI address) {
    if (address.getPort() >= 0) {
      return address.getPort();
    }
    return "https".equals(address.getScheme()) ? 443 : 80;
  }

  private URI fileAddress(String repository, String commit, String file) {
    String path =
        Stream.of(file.split("/")).map(HubClient::encoded).collect(Collectors.joining("/"));
    return address("/" + repository + "/resolve/" + encoded(commit) + "/" + path);
  }

  private URI address(String path) {
    return URI.create(settings.endpoint() + path);
  }

  private static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private LoupeException notAHub(String what, String answer) {
    return LoupeException.badInput(
        "%s answered with %s when asked for %s"
            .formatted(settings.endpoint().getHost(), answer, what),
        "Check that HF_ENDPOINT is the address of a Hugging Face hub or a mirror of it.");
  }
}
