package dev.loupe.hub;

import static dev.loupe.hub.FakeModel.COMMIT;
import static dev.loupe.hub.FakeModel.WEIGHTS;
import static dev.loupe.hub.FakeModel.text;
import static dev.loupe.hub.HubFixture.named;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CacheTest {
  private final FakeModel model = FakeModel.small();
  @TempDir Path folder;
  private RawServer server;
  private HubFixture fixture;

  @BeforeEach
  void start() throws IOException {
    server = new RawServer(model);
    fixture = new HubFixture(folder, server);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void offlineFindsWhatIsThereAndNamesWhatIsNot() throws IOException {
    LocalModel local = fixture.hub().pull(named("org/name"));
    int requests = server.requests().size();
    fixture.offline = true;
    assertEquals(local, fixture.hub().resolve(named("org/name")));
    assertFault("missing: all of it", () -> fixture.hub().resolve(named("org/other")));
    Files.delete(local.location().resolve("config.json"));
    assertFault("missing: config.json", () -> fixture.hub().resolve(named("org/name")));
    assertEquals(requests, server.requests().size());
  }

  @Test
  void completesWhatAnotherClientFetchedInPart() throws IOException {
    Path config = fixture.model().snapshot(COMMIT).resolve("config.json");
    Files.createDirectories(Disk.parent(config));
    Files.writeString(config, "{}");
    Disk.writeText(fixture.model().ref("main"), COMMIT);
    assertTrue(fixture.hub().find(named("org/name")).isEmpty());
    LocalModel local = fixture.hub().resolve(named("org/name"));
    assertTrue(Files.exists(local.weights().getFirst()));
  }

  @Test
  void aModelOfShardsIsWholeWithAllOfThem() throws IOException {
    model.files.remove(WEIGHTS);
    String index = "{\"weight_map\":{\"a\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\"}}";
    model.files.put(Snapshot.INDEX, text(index));
    model.files.put("model-1.safetensors", FakeModel.weights(10));
    model.files.put("consolidated.safetensors", FakeModel.weights(30));
    assertFault("model-2.safetensors", () -> fixture.hub().pull(named("org/name")));
    model.files.put("model-2.safetensors", FakeModel.weights(20));
    LocalModel local = fixture.hub().pull(named("org/name"));
    assertEquals(2, local.weights().size());
    assertTrue(server.requests("GET", "consolidated.safetensors").isEmpty());
    String lines =
        model.etag("model-1.safetensors")
            + "  model-1.safetensors\n"
            + model.etag("model-2.safetensors")
            + "  model-2.safetensors\n";
    assertEquals(Checksum.SHA256.sum(lines), fixture.hub().identify(local).sha256());
  }

  @Test
  void anIndexCannotNameFilesOutsideOfItsFolder() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    Files.writeString(
        folder.resolve(Snapshot.INDEX), "{\"weight_map\":{\"a\":\"../../etc/passwd\"}}");
    assertFault(
        "outside of its folder", () -> fixture.hub().resolve(new ModelReference.OnDisk(folder)));
  }

  @Test
  void fetchesTheOneGgufFileMeant() throws IOException {
    model.files.clear();
    model.files.put("m-Q4_1.gguf", FakeModel.weights(100));
    model.files.put("m-Q8_0.gguf", FakeModel.weights(200));
    assertFault("several GGUF files", () -> fixture.hub().pull(named("org/name")));
    assertFault("no file m-F16.gguf", () -> fixture.hub().pull(named("org/name:m-F16.gguf")));
    LocalModel local = fixture.hub().resolve(named("org/name:m-Q4_1.gguf"));
    assertEquals(fixture.model().snapshot(COMMIT).resolve("m-Q4_1.gguf"), local.location());
    assertTrue(server.requests("GET", "m-Q8_0.gguf").isEmpty());
    ModelDetails details = fixture.hub().show(named("org/name:m-Q4_1.gguf"));
    assertEquals(
        List.of(
            new CachedModel.CachedFile("m-Q4_1.gguf", 100, Optional.of(model.etag("m-Q4_1.gguf")))),
        details.files());
  }

  @Test
  void refusesModelsThatCannotBeOpened() {
    model.files.remove(WEIGHTS);
    assertFault("only pickled weights", () -> fixture.hub().pull(named("org/name")));
    model.files.remove("pytorch_model.bin");
    assertFault("no weights", () -> fixture.hub().pull(named("org/name")));
    model.files.clear();
    model.files.put("m-00001-of-00002.gguf", new byte[1]);
    assertFault("missing m-00002-of-00002.gguf", () -> fixture.hub().pull(named("org/name")));
  }

  @Test
  void callsNoModelOfAnotherKindFetchedInPart() throws IOException {
    Path snapshot = Files.createDirectories(fixture.model().snapshot(COMMIT));
    Files.writeString(snapshot.resolve("config.json"), "{}");
    assertEquals(
        List.of(COMMIT + " lacks weights (.safetensors or .gguf)"),
        fixture.hub().list().getFirst().gaps());
    Path pickled = Files.writeString(snapshot.resolve("pytorch_model.bin"), "pickle");
    assertEquals(List.of(), fixture.hub().list().getFirst().gaps(), "pickled weights alone");
    Files.delete(pickled);
    Files.delete(snapshot.resolve("config.json"));
    Path layer = Files.createDirectories(snapshot.resolve("layer_5/width_16k"));
    Files.writeString(layer.resolve("params.npz"), "dictionary");
    assertEquals(List.of(), fixture.hub().list().getFirst().gaps(), "dictionaries");
  }

  @Test
  void opensAPathWhereverANameWorks() throws IOException {
    Path gguf = Files.write(folder.resolve("m.gguf"), FakeModel.weights(50));
    LocalModel local = fixture.hub().resolve(ModelReference.parse("m.gguf", folder));
    assertEquals(new LocalModel(gguf.toString(), "local", gguf, List.of(gguf)), local);
    assertEquals(Checksum.SHA256.sum(gguf), fixture.hub().identify(local).sha256());
    assertEquals(gguf, fixture.hub().resolve(new ModelReference.OnDisk(folder)).location());
    assertFault(
        "does not exist", () -> fixture.hub().resolve(ModelReference.parse("./no", folder)));
    Path pickled = Files.createDirectory(folder.resolve("pickled"));
    Files.writeString(pickled.resolve("pytorch_model.bin"), "");
    assertFault(
        "safe_serialization=True", () -> fixture.hub().resolve(new ModelReference.OnDisk(pickled)));
    assertFault(
        "holds no model",
        () -> fixture.hub().resolve(new ModelReference.OnDisk(Files.createDirectory(empty()))));
    assertTrue(server.requests().isEmpty());
  }

  @Test
  void remembersTheSumOfAFileUntilItChanges() throws IOException {
    Path gguf = Files.write(folder.resolve("m.gguf"), FakeModel.weights(50));
    var hashes = new WeightHashes(folder.resolve("loupe"));
    String first = hashes.of(gguf);
    Path note;
    try (var notes = Files.list(folder.resolve("loupe/sha256"))) {
      note = notes.findFirst().orElseThrow();
    }
    Files.writeString(note, "a".repeat(64));
    assertEquals("a".repeat(64), hashes.of(gguf), "the note is read, not the file");
    Files.writeString(note, "garbage");
    assertEquals(first, hashes.of(gguf), "a broken note is not believed");
    Files.write(gguf, FakeModel.weights(51));
    assertEquals(Checksum.SHA256.sum(gguf), hashes.of(gguf));
  }

  @Test
  void listsWhatIsThere() throws IOException {
    assertEquals(List.of(), fixture.hub().list());
    fixture.hub().pull(named("org/name"));
    Files.createDirectories(fixture.cache.resolve("datasets--org--name"));
    Files.createDirectories(fixture.cache.resolve("models--..--x"));
    Files.createDirectories(fixture.cache.resolve("models--nothing--came/snapshots"));
    List<CachedModel> models = fixture.hub().list();
    assertEquals(1, models.size());
    CachedModel one = models.getFirst();
    assertEquals("org/name", one.name());
    CachedModel.Revision revision = one.revisions().getFirst();
    assertEquals(COMMIT, revision.commit());
    assertEquals(List.of("main"), revision.refs());
    assertEquals(3, revision.files().size());
    assertEquals(one.bytes(), revision.bytes() + COMMIT.length());
    assertTrue(one.lastUsed().isAfter(Instant.EPOCH));
  }

  /** The state that a killed pull leaves: a snapshot without weights, a part of them, no ref. */
  @Test
  void namesWhatAModelFetchedInPartLacks() throws IOException {
    Path snapshot = Files.createDirectories(fixture.model().snapshot(COMMIT));
    Files.writeString(snapshot.resolve("config.json"), "{}");
    Files.createDirectories(fixture.model().blobs());
    Files.write(fixture.model().incomplete("a".repeat(64)), new byte[1500]);
    CachedModel listed = fixture.hub().list().getFirst();
    assertEquals(
        List.of("weights (.safetensors or .gguf)"), listed.revisions().getFirst().missing());
    assertEquals(new CachedModel.Parts(1, 1500), listed.parts());
    assertEquals("loupe models pull org/name", listed.completedBy());
    assertFault(
        COMMIT + " lacks weights (.safetensors or .gguf); 1 download begun, 1,500 bytes",
        () -> fixture.hub().show(named("org/name")));
    assertFault("'loupe models pull org/name'", () -> fixture.hub().show(named("org/name")));
    Files.writeString(
        snapshot.resolve(Snapshot.INDEX),
        "{\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"b.safetensors\"}}");
    Files.write(snapshot.resolve("b.safetensors"), new byte[8]);
    assertEquals(
        List.of("a.safetensors"), fixture.hub().list().getFirst().revisions().getFirst().missing());
    assertTrue(fixture.hub().remove(named("org/name")).bytes() > 1500);
    assertEquals(List.of(), fixture.hub().list());
  }

  @Test
  void aDownloadThatHasOnlyBegunIsListedAndRemoved() throws IOException {
    Files.createDirectories(fixture.model().blobs());
    Files.write(fixture.model().blobs().resolve("a.b1c2.incomplete"), new byte[7]);
    CachedModel listed = fixture.hub().list().getFirst();
    assertEquals(List.of("1 download begun, 7 bytes of it"), listed.gaps());
    assertFault("only partly", () -> fixture.hub().show(named("org/name")));
    assertEquals(7, fixture.hub().remove(named("org/name")).bytes());
  }

  @Test
  void aWholeModelHasNoGaps() throws IOException {
    fixture.hub().pull(named("org/name"));
    assertEquals(List.of(), fixture.hub().list().getFirst().gaps());
    Path ggufs = Files.createDirectories(fixture.model().snapshot("b".repeat(40)));
    Files.write(ggufs.resolve("one.gguf"), new byte[8]);
    Files.write(ggufs.resolve("two.gguf"), new byte[8]);
    assertEquals(List.of(), fixture.hub().list().getFirst().gaps());
  }

  @Test
  void showsArchitectureAndParameterCount() throws IOException {
    String header =
        "{\"__metadata__\":{},\"a\":{\"shape\":[3,4]},\"b\":{\"shape\":[5]},\"c\":{\"shape\":[]}}";
    byte[] json = text(header);
    ByteBuffer file = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    model.files.put(WEIGHTS, file.putLong(json.length).put(json).array());
    assertFault("'loupe models pull org/name'", () -> fixture.hub().show(named("org/name")));
    fixture.hub().pull(named("org/name"));
    ModelDetails details = fixture.hub().show(named("org/name"));
    assertEquals(Optional.of("LlamaForCausalLM"), details.architecture());
    assertEquals(OptionalLong.of(18), details.parameters());
    assertEquals(model.etag(WEIGHTS), details.id().sha256());
  }

  @Test
  void saysNothingOfAHeaderLongerThanItsFile() throws IOException {
    fixture.hub().pull(named("org/name"));
    assertEquals(OptionalLong.empty(), fixture.hub().show(named("org/name")).parameters());
  }

  @Test
  void removesARevisionAndKeepsTheBlobsThatAnotherUses() throws IOException {
    fixture.hub().pull(named("org/name"));
    CacheFolder at = fixture.model();
    String own = "f".repeat(40);
    Files.createDirectories(at.blobs());
    Files.writeString(at.blob(own), "own");
    at.link("other", "config.json", own);
    at.link("other", WEIGHTS, model.etag(WEIGHTS));
    Disk.writeText(at.ref("old"), "other");
    Removal removal = fixture.hub().remove(named("org/name@old"));
    assertEquals("own".length(), removal.bytes());
    assertTrue(removal.kept() > model.bytes(WEIGHTS).length);
    assertFalse(Files.exists(at.snapshot("other")));
    assertFalse(Files.exists(at.blob(own)));
    assertFalse(Files.exists(at.ref("old")));
    assertTrue(fixture.hub().find(named("org/name")).isPresent());
    fixture.hub().remove(named("org/name@main"));
    assertFalse(Files.exists(at.root()), "the last revision takes the folder with it");
  }

  @Test
  void removesAModelAndNothingThatItsLinksLeadTo() throws IOException {
    fixture.hub().pull(named("org/name"));
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Path precious = Files.writeString(outside.resolve("precious"), "x");
    Files.createSymbolicLink(fixture.model().snapshot(COMMIT).resolve("link"), outside);
    Files.createSymbolicLink(fixture.model().blobs().resolve("file"), precious);
    assertTrue(fixture.hub().remove(named("org/name")).bytes() >= 300_000);
    assertFalse(Files.exists(fixture.model().root(), LinkOption.NOFOLLOW_LINKS));
    assertTrue(Files.exists(precious));
  }

  @Test
  void refusesToRemoveWhatIsNotInTheCache() throws IOException {
    Path outside = Files.createDirectories(folder.resolve("outside/snapshots/main"));
    Files.createDirectories(fixture.cache);
    assertFault("not in the cache", () -> fixture.hub().remove(named("org/name")));
    assertFault("is a path", () -> fixture.hub().remove(new ModelReference.OnDisk(outside)));
    Files.createSymbolicLink(fixture.model().root(), folder.resolve("outside"));
    assertFault("out of the model cache", () -> fixture.hub().remove(named("org/name")));
    assertFault("out of the model cache", () -> fixture.hub().remove(named("org/name@main")));
    assertTrue(Files.exists(outside));
  }

  private Path empty() {
    return folder.resolve("empty");
  }

  private static void assertFault(String part, Executable executable) {
    LoupeException fault = assertThrows(LoupeException.class, executable);
    String all = fault + " " + fault.remedy();
    assertTrue(all.contains(part), all);
  }
}
