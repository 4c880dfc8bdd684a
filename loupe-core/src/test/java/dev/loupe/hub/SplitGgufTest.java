package dev.loupe.hub;

import static dev.loupe.hub.FakeModel.COMMIT;
import static dev.loupe.hub.HubFixture.named;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** All parts of a split GGUF model are fetched, found, shown and summed as one. */
@Timeout(60)
class SplitGgufTest {
  private final FakeModel model = FakeModel.small();
  @TempDir Path folder;
  private RawServer server;
  private HubFixture fixture;

  @BeforeEach
  void start() throws IOException {
    model.files.clear();
    for (int i = 1; i <= 3; i++) {
      model.files.put(part("big", i), FakeModel.weights(10 * i));
    }
    server = new RawServer(model);
    fixture = new HubFixture(folder, server);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private static String part(String name, int number) {
    return "%s-%05d-of-%05d.gguf".formatted(name, number, 3);
  }

  @Test
  void pullsAllPartsWhicheverIsNamed() {
    Path snapshot = fixture.model().snapshot(COMMIT);
    List<Path> parts =
        List.of(1, 2, 3).stream().map(i -> snapshot.resolve(part("big", i))).toList();
    LocalModel whole = fixture.hub().resolve(named("org/name"));
    assertEquals(new LocalModel("org/name", COMMIT, parts.getFirst(), parts), whole);
    for (int i = 1; i <= 3; i++) {
      assertEquals(whole, fixture.hub().resolve(named("org/name:" + part("big", i))));
    }
    assertEquals(3, fixture.hub().show(named("org/name")).files().size());
  }

  @Test
  void pullsOneOfSeveralSplitModels() {
    model.files.put("Q8/" + part("other", 1), FakeModel.weights(4));
    model.files.put("Q8/" + part("other", 2), FakeModel.weights(5));
    model.files.put("Q8/" + part("other", 3), FakeModel.weights(6));
    LoupeException several =
        assertThrows(LoupeException.class, () -> fixture.hub().pull(named("org/name")));
    assertTrue(
        several.remedy().contains("of: Q8/" + part("other", 1) + ", " + part("big", 1) + "."));
    LocalModel one = fixture.hub().resolve(named("org/name:Q8/" + part("other", 2)));
    assertEquals(3, one.weights().size());
    assertTrue(server.requests("GET", part("big", 1)).isEmpty());
  }

  @Test
  void identifiesAModelByAllItsParts() throws IOException {
    LocalModel whole = fixture.hub().resolve(named("org/name"));
    String sum = fixture.hub().identify(whole).sha256();
    for (int i = 1; i <= 3; i++) {
      Files.write(folder.resolve(part("copy", i)), model.bytes(part("big", i)));
    }
    LocalModel second = onDisk(part("copy", 2));
    assertEquals(folder.resolve(part("copy", 1)), second.location());
    assertEquals(onDisk(part("copy", 1)).weights(), second.weights());
    String ofCopy = fixture.hub().identify(second).sha256();
    assertEquals(ofCopy, fixture.hub().identify(onDisk(".")).sha256());
    var alone =
        new LocalModel("x", "local", second.location(), List.of(second.weights().getFirst()));
    assertEquals(ofCopy, fixture.hub().identify(alone).sha256());
    Files.write(folder.resolve(part("copy", 3)), FakeModel.weights(31));
    assertTrue(!ofCopy.equals(fixture.hub().identify(onDisk(part("copy", 1))).sha256()));
    assertTrue(!sum.isEmpty());
  }

  @Test
  void namesThePartsThatAreMissing() throws IOException {
    LocalModel whole = fixture.hub().resolve(named("org/name"));
    Files.delete(whole.weights().get(1));
    fixture.offline = true;
    assertFault(part("big", 2), () -> fixture.hub().resolve(named("org/name")));
    Files.write(folder.resolve(part("copy", 2)), new byte[9]);
    String missing = "missing: " + part("copy", 1) + ", " + part("copy", 3);
    assertFault(missing, () -> onDisk(part("copy", 2)));
    assertFault("missing " + part("copy", 1) + ", " + part("copy", 3), () -> onDisk("."));
  }

  private LocalModel onDisk(String name) {
    return fixture.hub().resolve(new ModelReference.OnDisk(folder.resolve(name).normalize()));
  }

  private static void assertFault(String part, Executable executable) {
    LoupeException fault = assertThrows(LoupeException.class, executable);
    assertTrue(fault.getMessage().contains(part), fault.getMessage());
  }
}
