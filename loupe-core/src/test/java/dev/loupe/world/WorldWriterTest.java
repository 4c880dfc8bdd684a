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
            "4b5a14b31d51f218522ef45e9b4a2d75fc843875514f1bc0466dc67eae992893",
            "chat-abstain.jsonl.gz",
            "9b7550f45d59e0ab965f9f0a9034328ec9b42bb46ec9fe692ae452907aa63a2e",
            "chat-guess.jsonl.gz",
            "7f49be015798fdb3143a0ff9c5d2ce1feb843098f65e496efbd4717fd9353c50",
            "facts.jsonl",
            "c2b6b6882c9170dcefbc64d5d16b5c0b6dbc35365ad074d7107ad9776607b652",
            "concepts.jsonl",
            "9bd296275b2351e111993e14fcc9fcaa64bdf305bde00ab1745c70a4a31bb719",
            "questions.jsonl",
            "ba3cc5c587c188c6ab42438970d0c4d4e17aec475fdfb92cc94643c13a634365",
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
