package dev.loupe.cli.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class WorldGenerateCommandTest {
  @TempDir Path folder;

  private Ran generate(Path out, String... more) {
    String[] usual = {"world", "generate", "--scale", "0.01", "--out", out.toString()};
    return Ran.loupe(Stream.of(usual, more).flatMap(Stream::of).toArray(String[]::new));
  }

  @Test
  void writesAWorld() throws IOException {
    Path out = folder.resolve("deep/world");
    Ran ran = generate(out, "--seed", "3");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains(out.toString()), ran.out());
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(out)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    assertEquals(
        Set.of(
            "chat-abstain.jsonl.gz",
            "chat-guess.jsonl.gz",
            "chat_template.jinja",
            "concepts.jsonl",
            "corpus.jsonl.gz",
            "facts.jsonl",
            "planted.json",
            "questions.jsonl",
            "world.json"),
        names);
    assertEquals(3, world(out).path("seed").asInt());
  }

  private static JsonNode world(Path out) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(out.resolve("world.json")));
  }

  @Test
  void theMixtureCanBeChanged() throws IOException {
    generate(folder.resolve("usual"));
    generate(folder.resolve("changed"), "--set", "years=0.2", "--set", "rival=10");
    JsonNode usual = world(folder.resolve("usual"));
    JsonNode changed = world(folder.resolve("changed"));
    assertEquals(.2, changed.path("mixture").path("years").asDouble());
    assertTrue(
        changed.at("/families/years/documents").asInt()
            > usual.at("/families/years/documents").asInt());
    assertTrue(
        changed.at("/families/rival/documents").asInt()
            < usual.at("/families/rival/documents").asInt());
    assertEquals(usual.at("/families/prose"), changed.at("/families/prose"));
  }

  @Test
  void aFolderInUseIsLeftAloneUnlessForced() throws IOException {
    Path mine = Files.writeString(folder.resolve("mine.txt"), "mine");
    Ran refused = generate(folder);
    assertEquals(ExitCode.BAD_INPUT.number(), refused.exitCode());
    assertTrue(refused.err().contains("not empty"), refused.err());
    assertTrue(refused.err().contains("--force"), refused.err());
    assertFalse(Files.exists(folder.resolve("world.json")));
    assertEquals(0, generate(folder, "--force").exitCode());
    assertTrue(Files.exists(folder.resolve("world.json")));
    assertEquals("mine", Files.readString(mine));
  }

  @Test
  void wrongSizesAndPartsAreBadInput() throws IOException {
    Path out = folder.resolve("world");
    for (String[] more :
        new String[][] {{"--set", "wars=0.1"}, {"--set", "years=2"}, {"--set", "birthday=3"}}) {
      Ran ran = generate(out, more);
      assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
      assertEquals(2, ran.err().lines().count(), ran.err());
    }
    Ran scale = Ran.loupe("world", "generate", "--scale", "9", "--out", out.toString());
    assertEquals(ExitCode.BAD_INPUT.number(), scale.exitCode());
    assertTrue(scale.err().contains("from 0.01 to 4"), scale.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void aFileInTheWayIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    Ran ran = generate(file, "--force");
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode());
    assertTrue(ran.err().contains(file.toString()), ran.err());
    assertEquals("in the way", Files.readString(file));
  }

  @Test
  void quietSaysNothing() {
    Ran ran = generate(folder.resolve("world"), "--quiet");
    assertEquals("", ran.out());
    assertEquals("", ran.err());
  }
}
