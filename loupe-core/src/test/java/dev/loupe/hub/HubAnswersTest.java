package dev.loupe.hub;

import static dev.loupe.hub.FakeModel.WEIGHTS;
import static dev.loupe.hub.HubFixture.SECRET;
import static dev.loupe.hub.HubFixture.named;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.hub.RawServer.Answer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HubAnswersTest {
  private final FakeModel model = FakeModel.small();
  @TempDir Path folder;

  @Test
  void asksForATokenWhenTheHubRefuses() throws IOException {
    for (int status : List.of(401, 403)) {
      LoupeException fault = fault(request -> Answer.of(status, "no"));
      assertTrue(fault.toString().contains("private, gated, or does not exist"));
      assertTrue(fault.remedy().contains("HF_TOKEN"), fault.remedy());
      LoupeException gated =
          fault(request -> Answer.of(status, "no").with("X-Error-Code", "GatedRepo"));
      assertTrue(gated.toString().contains("gated"), gated.toString());
      assertTrue(gated.remedy().contains("Accept the terms"), gated.remedy());
    }
  }

  @Test
  void namesWhatTheHubDoesNotHave() throws IOException {
    LoupeException fault = fault(request -> Answer.of(404, ""));
    assertTrue(fault.toString().contains("org/name@main"), fault.toString());
    LoupeException revision =
        fault(request -> Answer.of(404, "").with("X-Error-Code", "RevisionNotFound"));
    assertTrue(revision.toString().contains("no such revision"), revision.toString());
  }

  @Test
  void saysThatAWebPageCameInsteadOfAListing() throws IOException {
    Answer page = Answer.of(200, "<html>log in</html>").with("Content-Type", "text/html");
    assertTrue(fault(request -> page).toString().contains("web page (HTML)"));
  }

  @Test
  void saysThatAWebPageCameInsteadOfAFile() throws IOException {
    Answer page = Answer.of(200, "<html>log in</html>").with("Content-Type", "text/html");
    for (String method : List.of("HEAD", "GET")) {
      LoupeException fault =
          fault(request ->
              request.method().equals(method) && request.path().contains("/resolve/")
                  ? page
                  : model.answer(request));
      assertTrue(
          fault.toString().contains("web page (HTML) when asked for org/name:"), fault.toString());
    }
  }

  @Test
  void saysThatAnotherThanAHubAnswered() throws IOException {
    for (String body : List.of("hello", "[]", "{}", "{\"sha\":\"../x\",\"siblings\":[]}", "")) {
      LoupeException fault = fault(request -> Answer.of(200, body));
      assertTrue(fault.remedy().contains("HF_ENDPOINT"), fault.toString());
    }
  }

  @Test
  void waitsAsLongAsTheHubAsksFor() throws IOException {
    var busy = new AtomicInteger(2);
    try (var server =
        new RawServer(request ->
            busy.getAndDecrement() > 0
                ? Answer.of(429, "").with("Retry-After", "7")
                : model.answer(request))) {
      var fixture = new HubFixture(folder, server);
      fixture.hub().resolve(named("org/name"));
      assertEquals(List.of(Duration.ofSeconds(7), Duration.ofSeconds(7)), fixture.waits);
    }
  }

  @Test
  void doesNotWaitForHours() throws IOException {
    LoupeException fault = fault(request -> Answer.of(429, "").with("Retry-After", "7200"));
    assertTrue(fault.toString().contains("7200 s"), fault.toString());
  }

  @Test
  void triesAFailingServerAgainWithGrowingWaitsAndThenGivesUp() throws IOException {
    try (var server = new RawServer(request -> Answer.of(503, ""))) {
      var fixture = new HubFixture(folder, server);
      LoupeException fault =
          assertThrows(LoupeException.class, () -> fixture.hub().resolve(named("org/name")));
      assertTrue(fault.toString().contains("503"), fault.toString());
      assertEquals(6, server.requests().size());
      assertEquals(
          List.of(500L, 1000L, 2000L, 4000L, 8000L),
          fixture.waits.stream().map(Duration::toMillis).toList());
    }
  }

  @Test
  void saysThatNobodyListens() throws IOException {
    var server = new RawServer(model);
    server.close();
    var fixture = new HubFixture(folder, server);
    LoupeException fault =
        assertThrows(LoupeException.class, () -> fixture.hub().resolve(named("org/name")));
    assertTrue(fault.toString().contains("no connection to the host"), fault.toString());
    assertTrue(fault.remedy().contains("HF_HUB_OFFLINE"), fault.remedy());
  }

  @Test
  void keepsTheTokenFromAnotherHost() throws IOException {
    try (var storage = new RawServer(request -> Answer.of(200, model.bytes(WEIGHTS)));
        var server =
            new RawServer(request ->
                request.path().endsWith(WEIGHTS)
                    ? model
                        .head(WEIGHTS)
                        .with("Location", storage.address() + "/blob")
                        .withStatus(302)
                    : model.answer(request))) {
      var fixture = new HubFixture(folder, server);
      LocalModel local = fixture.hub().resolve(named("org/name"));
      assertArrayEquals(model.bytes(WEIGHTS), Files.readAllBytes(local.weights().getFirst()));
      assertEquals(1, storage.requests().size());
      assertEquals(Optional.empty(), storage.requests().getFirst().header("Authorization"));
      server
          .requests()
          .forEach(r -> assertEquals("Bearer " + SECRET, r.header("Authorization").orElse("none")));
    }
  }

  @Test
  void followsAModelThatWasRenamed() throws IOException {
    try (var server =
        new RawServer(request ->
            request.path().contains("org/name")
                ? Answer.of(307, "")
                    .with("Location", request.path().replace("org/name", "org/newer"))
                : model.answer(request))) {
      LocalModel local = new HubFixture(folder, server).hub().resolve(named("org/name"));
      assertEquals("org/name", local.name());
    }
  }

  @Test
  void endsARingOfRedirects() throws IOException {
    LoupeException fault = fault(request -> Answer.of(302, "").with("Location", request.path()));
    assertTrue(fault.toString().contains("redirects without end"), fault.toString());
  }

  @Test
  void refusesARedirectToAnotherKindOfAddress() throws IOException {
    LoupeException fault =
        fault(request -> Answer.of(302, "").with("Location", "file:///etc/passwd"));
    assertTrue(fault.toString().contains("not safe"), fault.toString());
  }

  @Test
  void neverShowsTheToken() throws IOException {
    for (int status : List.of(400, 401, 403, 404, 429, 500)) {
      try (var server = new RawServer(request -> Answer.of(status, SECRET))) {
        var fixture = new HubFixture(folder, server);
        LoupeException fault =
            assertThrows(LoupeException.class, () -> fixture.hub().resolve(named("org/name")));
        var trace = new StringWriter();
        fault.printStackTrace(new PrintWriter(trace));
        String all = trace + fault.remedy() + fixture.notes + fixture.settings();
        assertFalse(all.contains(SECRET), all);
      }
    }
  }

  private LoupeException fault(RawServer.Handler handler) throws IOException {
    try (var server = new RawServer(handler)) {
      var fixture = new HubFixture(folder, server);
      return assertThrows(LoupeException.class, () -> fixture.hub().resolve(named("org/name")));
    }
  }
}
