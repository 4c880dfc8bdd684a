package dev.loupe.hub;

import static dev.loupe.hub.FakeModel.COMMIT;
import static dev.loupe.hub.FakeModel.WEIGHTS;
import static dev.loupe.hub.HubFixture.named;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.hub.RawServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PullTest {
  private final FakeModel model = FakeModel.small();
  @TempDir Path folder;

  @Test
  void fetchesDataAloneIntoTheLayoutOfTheHuggingFaceClient() throws IOException {
    try (var server = new RawServer(model)) {
      var fixture = new HubFixture(folder, server);
      LocalModel local = fixture.hub().resolve(named("org/name"));
      Path snapshot = fixture.cache.resolve("models--org--name/snapshots/" + COMMIT);
      assertEquals(new LocalModel("org/name", COMMIT, snapshot, local.weights()), local);
      assertEquals(List.of(snapshot.resolve(WEIGHTS)), local.weights());
      assertEquals(
          Path.of("../../blobs/" + model.etag(WEIGHTS)),
          Files.readSymbolicLink(snapshot.resolve(WEIGHTS)));
      assertEquals(List.of("config.json", "model.safetensors", "tokenizer.json"), names(snapshot));
      assertArrayEquals(
          model.bytes("config.json"), Files.readAllBytes(snapshot.resolve("config.json")));
      assertEquals(COMMIT, Files.readString(fixture.model().ref("main")));
      assertEquals(3, names(fixture.model().blobs()).size());
      assertTrue(server.requests("GET", ".bin").isEmpty());
      assertTrue(server.requests("GET", ".py").isEmpty());
      assertEquals(
          new ArtifactId("org/name", COMMIT, model.etag(WEIGHTS)), fixture.hub().identify(local));
    }
  }

  @Test
  void asksForNothingWhenTheModelIsInTheCache() throws IOException {
    try (var server = new RawServer(model)) {
      var fixture = new HubFixture(folder, server);
      LocalModel first = fixture.hub().resolve(named("org/name"));
      int requests = server.requests().size();
      assertEquals(first, fixture.hub().resolve(named("org/name")));
      assertEquals(first.location(), fixture.hub().resolve(named("org/name@" + COMMIT)).location());
      assertEquals(requests, server.requests().size());
      fixture.hub().pull(named("org/name"));
      assertTrue(server.requests("GET", WEIGHTS).size() == 1, "bytes are fetched once");
    }
  }

  @Test
  void resumesWhereTheConnectionBroke() throws IOException {
    int half = model.bytes(WEIGHTS).length / 2;
    // The JDK's client may drop bytes that wait unread when a connection breaks: let it read first.
    var read = new CountDownLatch(1);
    try (var server = new RawServer(firstTime(half, () -> await(read)))) {
      var fixture = new HubFixture(folder, server);
      var progress = new HalfWay(half, read, fixture.notes);
      LocalModel local = fixture.hub(fixture.withoutSmolLm2(), progress).resolve(named("org/name"));
      assertArrayEquals(model.bytes(WEIGHTS), Files.readAllBytes(local.weights().getFirst()));
      List<RawServer.Request> gets = server.requests("GET", WEIGHTS);
      assertEquals(2, gets.size());
      assertEquals("bytes=" + half + "-", gets.get(1).header("Range").orElse(""));
      assertTrue(
          fixture.notes.getFirst().contains("the connection broke"), fixture.notes::toString);
    }
  }

  @Test
  void resumesWhatAKilledProcessLeft() throws IOException {
    try (var server = new RawServer(model)) {
      var fixture = new HubFixture(folder, server);
      leavePart(fixture, Arrays.copyOf(model.bytes(WEIGHTS), 1234));
      LocalModel local = fixture.hub().resolve(named("org/name"));
      assertArrayEquals(model.bytes(WEIGHTS), Files.readAllBytes(local.weights().getFirst()));
      assertEquals(
          "bytes=1234-", server.requests("GET", WEIGHTS).getFirst().header("Range").orElse(""));
    }
  }

  @Test
  void startsAnewWhenTheLeftPartWasWrong() throws IOException {
    try (var server = new RawServer(model)) {
      var fixture = new HubFixture(folder, server);
      leavePart(fixture, new byte[1234]);
      LocalModel local = fixture.hub().resolve(named("org/name"));
      assertArrayEquals(model.bytes(WEIGHTS), Files.readAllBytes(local.weights().getFirst()));
      assertEquals(2, server.requests("GET", WEIGHTS).size());
    }
  }

  @Test
  void startsAnewWhenTheServerIgnoresTheRange() throws IOException {
    try (var server =
        new RawServer(request ->
            request.method().equals("GET") && request.path().endsWith(WEIGHTS)
                ? Answer.of(200, model.bytes(WEIGHTS))
                : model.answer(request))) {
      var fixture = new HubFixture(folder, server);
      leavePart(fixture, Arrays.copyOf(model.bytes(WEIGHTS), 1234));
      LocalModel local = fixture.hub().resolve(named("org/name"));
      assertArrayEquals(model.bytes(WEIGHTS), Files.readAllBytes(local.weights().getFirst()));
      assertEquals(1, server.requests("GET", WEIGHTS).size());
    }
  }

  @Test
  void startsAnewWhenTheServerCannotServeTheRange() throws IOException {
    try (var server =
        new RawServer(request ->
            request.header("Range").isPresent() ? Answer.of(416, "") : model.answer(request))) {
      var fixture = new HubFixture(folder, server);
      leavePart(fixture, Arrays.copyOf(model.bytes(WEIGHTS), 1234));
      LocalModel local = fixture.hub().resolve(named("org/name"));
      assertArrayEquals(model.bytes(WEIGHTS), Files.readAllBytes(local.weights().getFirst()));
    }
  }

  @Test
  void leavesASilentConnection() throws IOException {
    var end = new CountDownLatch(1);
    try (var server = new RawServer(firstTime(1000, () -> await(end)))) {
      var fixture = new HubFixture(folder, server);
      fixture.stall = Duration.ofMillis(300);
      LocalModel local = fixture.hub().resolve(named("org/name"));
      assertArrayEquals(model.bytes(WEIGHTS), Files.readAllBytes(local.weights().getFirst()));
      assertEquals(2, server.requests("GET", WEIGHTS).size());
    } finally {
      end.countDown();
    }
  }

  @Test
  void deletesWrongBytesAndSaysSo() throws IOException {
    byte[] wrong = model.bytes(WEIGHTS).clone();
    wrong[77] ^= 1;
    try (var server =
        new RawServer(request ->
            request.method().equals("GET") && request.path().endsWith(WEIGHTS)
                ? Answer.of(200, wrong)
                : model.answer(request))) {
      var fixture = new HubFixture(folder, server);
      LoupeException fault = fails(fixture, "org/name");
      assertTrue(fault.toString().contains("checksum mismatch"), fault.toString());
      assertNothingOfTheWeights(fixture);
    }
  }

  @Test
  void checksSmallFilesByTheirGitBlobId() throws IOException {
    try (var server =
        new RawServer(request ->
            request.method().equals("GET") && request.path().endsWith("config.json")
                ? Answer.of(200, "x".repeat(model.bytes("config.json").length))
                : model.answer(request))) {
      LoupeException fault = fails(new HubFixture(folder, server), "org/name");
      assertTrue(fault.toString().contains("config.json: checksum mismatch"), fault.toString());
    }
  }

  @Test
  void refusesMoreBytesThanAnnounced() throws IOException {
    try (var server =
        new RawServer(request ->
            request.method().equals("GET") && request.path().endsWith(WEIGHTS)
                ? Answer.of(200, new byte[400_000])
                : model.answer(request))) {
      var fixture = new HubFixture(folder, server);
      LoupeException fault = fails(fixture, "org/name");
      assertTrue(fault.toString().contains("more than the 300000 bytes"), fault.toString());
    }
  }

  @Test
  void refusesNamesThatLeaveTheFolder() throws IOException {
    for (String name :
        List.of("../../x", "/etc/x", "a/../../x", "a\\\\..\\\\x", "a\\u0000b", "", "c:x")) {
      try (var server =
          new RawServer(request ->
              request.path().startsWith("/api")
                  ? Answer.of(
                      200,
                      "{\"sha\":\""
                          + COMMIT
                          + "\",\"siblings\":[{\"rfilename\":\""
                          + name
                          + "\"}]}")
                  : model.answer(request))) {
        LoupeException fault = fails(new HubFixture(folder, server), "org/name");
        assertTrue(fault.toString().contains("forbidden name"), fault.toString());
        assertEquals(1, server.requests().size());
      }
    }
    assertFalse(Files.exists(folder.resolve("x")));
  }

  @Test
  void refusesEtagsThatArePaths() throws IOException {
    try (var server =
        new RawServer(request ->
            request.method().equals("HEAD")
                ? Answer.of(200, "x").with("ETag", "\"../../x\"")
                : model.answer(request))) {
      LoupeException fault = fails(new HubFixture(folder, server), "org/name");
      assertTrue(fault.toString().contains("no usable etag"), fault.toString());
    }
  }

  @Test
  void twoPullsAtOnceFetchEachByteOnce() throws Exception {
    try (var server = new RawServer(model);
        var pool = Executors.newFixedThreadPool(2)) {
      var fixture = new HubFixture(folder, server);
      Callable<LocalModel> pull = () -> fixture.hub().pull(named("org/name"));
      List<Future<LocalModel>> both = pool.invokeAll(Collections.nCopies(2, pull));
      assertEquals(both.get(0).get(), both.get(1).get());
      assertEquals(1, server.requests("GET", WEIGHTS).size());
      assertEquals(1, server.requests("GET", "config.json").size());
    }
  }

  @Test
  void saysBeforehandThatTheDiskIsTooSmall() throws IOException {
    try (var server = new RawServer(model)) {
      var fixture = new HubFixture(folder, server);
      fixture.disk = new Disk(where -> 100_000);
      LoupeException fault = fails(fixture, "org/name");
      assertEquals(LoupeException.Kind.RESOURCE, fault.kind());
      assertTrue(fault.toString().contains("no disk space"), fault.toString());
      assertTrue(server.requests("GET", WEIGHTS).isEmpty());
    }
  }

  @Test
  void saysThatTheDiskBecameFull() {
    LoupeException fault =
        Disk.failure(Path.of("blobs/x"), new IOException("No space left on device"));
    assertEquals(LoupeException.Kind.RESOURCE, fault.kind());
  }

  @Test
  void namesACacheThatIsNoFolder() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    try (var server = new RawServer(model)) {
      for (Path cache : List.of(file, file.resolve("hub"))) {
        LoupeException fault = fails(new HubFixture(folder, cache, server), "org/name");
        assertTrue(fault.toString().contains(file.toString()), fault.toString());
        assertTrue(fault.remedy().contains("HF_HUB_CACHE"), fault.remedy());
      }
      assertTrue(server.requests().isEmpty());
    }
  }

  @Test
  void refusesAModelFolderThatLinksOutOfTheCache() throws IOException {
    try (var server = new RawServer(model)) {
      var fixture = new HubFixture(folder, server);
      Path outside = Files.createDirectories(folder.resolve("outside/snapshots"));
      Files.createDirectories(fixture.cache);
      Files.createSymbolicLink(fixture.model().root(), Disk.parent(outside));
      LoupeException fault = fails(fixture, "org/name");
      assertTrue(fault.toString().contains("out of the model cache"), fault.toString());
      assertTrue(names(outside).isEmpty());
    }
  }

  /** Serves the weights cut short the first time they are asked for, and whole from then on. */
  private RawServer.Handler firstTime(int bytes, Runnable beforeClosing) {
    var tries = new AtomicInteger();
    return request -> {
      Answer answer = model.answer(request);
      boolean weights = request.method().equals("GET") && request.path().endsWith(WEIGHTS);
      return weights && tries.getAndIncrement() == 0
          ? new Answer(
              200, Map.of(), Arrays.copyOf(answer.body(), bytes), answer.announced(), beforeClosing)
          : answer;
    };
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private record HalfWay(int half, CountDownLatch reached, List<String> notes) implements Progress {
    @Override
    public void at(String file, long done, long total) {
      if (file.equals(WEIGHTS) && done >= half) {
        reached.countDown();
      }
    }

    @Override
    public void note(String message) {
      notes.add(message);
    }
  }

  private void leavePart(HubFixture fixture, byte[] part) throws IOException {
    Files.createDirectories(fixture.model().blobs());
    Files.write(fixture.model().incomplete(model.etag(WEIGHTS)), part);
  }

  private void assertNothingOfTheWeights(HubFixture fixture) {
    assertFalse(Files.exists(fixture.model().blob(model.etag(WEIGHTS))));
    assertFalse(Files.exists(fixture.model().incomplete(model.etag(WEIGHTS))));
    assertFalse(Files.exists(fixture.model().ref("main")));
    assertTrue(fixture.hub().find(named("org/name")).isEmpty());
  }

  private static LoupeException fails(HubFixture fixture, String name) {
    return assertThrows(LoupeException.class, () -> fixture.hub().resolve(named(name)));
  }

  private static List<String> names(Path at) throws IOException {
    try (var files = Files.list(at)) {
      return files.map(Disk::fileName).sorted().toList();
    }
  }
}
