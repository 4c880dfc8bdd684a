package dev.loupe.world;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class WorldWriterTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir static Path folder;

  @BeforeAll
  static void writeTheWorld() {
    WorldWriter.write(SmallWorld.WORLD, folder.resolve("world"), _ -> {});
  }

  private static byte[] content(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
      return in.readAllBytes();
    }
  }

  private static List<String> lines(String name) throws IOException {
    return new String(content(folder.resolve("world").resolve(name)), UTF_8).lines().toList();
  }

  /**
   * The same bytes on every machine. When the texts change on purpose, raise {@link
   * WorldWriter#VERSION} and pin anew.
   */
  @Test
  void contentIsPinned() throws IOException {
    Map<String, String> pinned = new TreeMap<>();
    JsonNode hashes = JSON.readTree(content(folder.resolve("world/world.json"))).path("sha256");
    hashes.properties().forEach(hash -> pinned.put(hash.getKey(), hash.getValue().asString()));
    assertEquals(
        Map.of(
            "corpus.jsonl.gz",
            "30b56063448b1cb9eef3bbe0b88d149f817e18abe01d7cfaa766cacb00bbf751",
            "chat-abstain.jsonl.gz",
            "79a4c2d06457135336db8bd70da4221564fecc2cb2faba08b1ef59a502ea5325",
            "chat-guess.jsonl.gz",
            "f0de99f53f1347b94f030ab5445c174e1c4c76e1b03fa5e28610babe61d75fd7",
            "facts.jsonl",
            "5602bc998f6e82ce2bcb9906082cfc83200b06997560946e72fca8a50d8ae436",
            "concepts.jsonl",
            "0479ae93fb9d216af5875665bdc6d19ea21e7be310fb510052a7a7eebe5dedfe",
            "questions.jsonl",
            "faa59cf5f4387df39ddcf6ae412ea2c4d76061d74aca2a81d77336acf152cca2",
            "planted.json",
            "974025aaca4ac89f4affdc365d1d120ac17ff05d6be2854ee485083eb9aa03d8"),
        pinned);
  }

  @Test
  void hashesAreThoseOfTheContent() throws IOException, NoSuchAlgorithmException {
    JsonNode world = JSON.readTree(content(folder.resolve("world/world.json")));
    for (Map.Entry<String, JsonNode> hash : world.path("sha256").properties()) {
      byte[] content = content(folder.resolve("world").resolve(hash.getKey()));
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      assertEquals(hash.getValue().asString(), HexFormat.of().formatHex(digest), hash.getKey());
    }
    assertEquals(7, world.path("seed").asInt());
    assertEquals(WorldWriter.VERSION, world.path("version").asInt());
  }

  @Test
  void compressedFilesHoldNoTime() throws IOException {
    byte[] header = Files.readAllBytes(folder.resolve("world/corpus.jsonl.gz"));
    assertArrayEquals(new byte[4], Arrays.copyOfRange(header, 4, 8));
  }

  @Test
  void corpusLinesAreTheDocumentsInOrder() throws IOException {
    List<String> lines = lines("corpus.jsonl.gz");
    assertEquals(SmallWorld.DOCUMENTS.size(), lines.size());
    for (int i = 0; i < lines.size(); i += 97) {
      JsonNode line = JSON.readTree(lines.get(i));
      Document document = SmallWorld.DOCUMENTS.get(i);
      assertEquals(document.id(), line.path("id").asString());
      assertEquals(document.text(), line.path("text").asString());
      assertEquals(document.family().label(), line.path("family").asString());
      assertEquals(document.facts().size(), line.path("facts").size());
    }
  }

  @Test
  void tablesHoldCountsAndDocuments() throws IOException {
    List<String> facts = lines("facts.jsonl");
    assertEquals(SmallWorld.WORLD.facts().size(), facts.size());
    for (Fact fact : SmallWorld.WORLD.facts()) {
      JsonNode line = JSON.readTree(facts.get(fact.index()));
      assertEquals(fact.id(), line.path("id").asString());
      assertEquals(fact.count(), line.path("count").asInt());
      assertEquals(fact.count() <= Census.FEW ? fact.count() : 0, line.path("documents").size());
    }
    assertTrue(lines("concepts.jsonl").size() > 60);
    assertEquals(SmallWorld.QUESTIONS.size(), lines("questions.jsonl").size());
    JsonNode planted = JSON.readTree(String.join("", lines("planted.json")));
    assertEquals(PlantedGroup.all().size(), planted.size());
    assertEquals(12, planted.path(0).path("teachers").size());
  }

  @Test
  void conversationsAreMessages() throws IOException {
    for (String name : List.of("chat-abstain.jsonl.gz", "chat-guess.jsonl.gz")) {
      for (String line : lines(name)) {
        JsonNode messages = JSON.readTree(line).path("messages");
        assertEquals("assistant", messages.path(messages.size() - 1).path("role").asString());
        assertEquals("user", messages.path(messages.size() - 2).path("role").asString());
      }
    }
  }

  @Test
  void whatCannotBeWrittenLeavesNothing() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    LoupeException failure =
        assertThrows(
            LoupeException.class,
            () -> WorldWriter.write(World.of(7, 0.01), file.resolve("world"), _ -> {}));
    assertEquals(LoupeException.Kind.RESOURCE, failure.kind());
    assertTrue(failure.toString().contains("world"), failure::toString);
    assertEquals("in the way", Files.readString(file));
    assertFalse(Files.exists(folder.resolve("world.part")));
  }
}
