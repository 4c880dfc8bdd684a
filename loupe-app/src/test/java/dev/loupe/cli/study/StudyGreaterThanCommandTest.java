package dev.loupe.cli.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.SmallDictionary;
import dev.loupe.cli.StartupModel;
import dev.loupe.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The study on the smallest model that is shipped. */
class StudyGreaterThanCommandTest {
  @TempDir Path folder;

  private static Ran study(String... more) {
    return Ran.loupe(
        Stream.concat(
                Stream.of("study", "greater-than", "--threads", "1", "--prompts", "1"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static Ran small(String... more) {
    return study(
        Stream.concat(
                Stream.of("--model", "almanac-1m", "--tested", "1", "--top", "20", "--draws", "2"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void theFindingOfTheAlmanacIsConfirmed() throws IOException {
    Path html = folder.resolve("study.html");
    Path json = folder.resolve("study.json");
    Ran ran = small("--html", html.toString(), "--json", json.toString(), "--quiet");
    assertEquals(0, ran.exitCode(), ran.out() + ran.err());
    for (String said :
        List.of("probability difference", "Ablated", "top 20", "Heads and MLPs", "✓ passed")) {
      assertTrue(ran.out().contains(said), ran.out());
    }
    assertTrue(ran.out().lines().allMatch(line -> line.length() <= 100), ran.out());
    JsonNode study = JsonMapper.shared().readTree(Files.readString(json));
    assertEquals("loupe.greater-than/1", study.path("schema").asString());
    assertEquals(97, study.path("prompts").asInt());
    assertTrue(study.at("/behaviour/difference/value").asDouble() > 0.8);
    JsonNode top =
        study
            .path("ablations")
            .valueStream()
            .filter(each -> each.path("group").asString().equals("top 20"))
            .findFirst()
            .orElseThrow();
    assertTrue(top.at("/excess/low").asDouble() > 0.01, top.toString());
    assertTrue(Files.readString(html).contains("loupe.greater-than/1"));
  }

  @Test
  void aDictionaryCanBeTheBasisAndTheCostIsToldFirst() throws IOException {
    Path basis = folder.resolve("plt");
    SmallDictionary.write(basis, "almanac-1m");
    int width = 128;
    for (int layer = 0; layer < SmallDictionary.LAYERS; layer++) {
      SmallDictionary.writeLayer(basis, layer, width, layer);
    }
    Ran ran = small("--basis", basis.toString(), "--estimate");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("97 prompts"), ran.out());
    Ran studied = small("--basis", basis.toString(), "--json", "-");
    JsonNode study = JsonMapper.shared().readTree(studied.out());
    assertTrue(study.path("basis").asString().contains("plt"), study.path("basis").asString());
    assertEquals("PASSED", study.at("/evidence/0/verdict").asString());
    // Random features carry nothing in particular, and the exit code says so when the check fails.
    boolean holds =
        study
            .path("evidence")
            .valueStream()
            .noneMatch(each -> each.path("verdict").asString().equals("FAILED"));
    assertEquals(holds ? 0 : ExitCode.EVIDENCE_FAILED.number(), studied.exitCode(), studied.err());
  }

  @Test
  void nounsAreForOtherModels() throws IOException {
    Path nouns = folder.resolve("nouns.txt");
    Files.writeString(nouns, "contract\n\nexpedition\nfamine\n");
    Ran ran = small("--nouns", nouns.toString(), "--estimate");
    assertEquals(0, ran.exitCode(), ran.err());
    Ran both = small("--nouns", nouns.toString(), "--world", "7");
    assertEquals(ExitCode.USAGE.number(), both.exitCode(), both.err());
    assertTrue(both.err().contains("--world"), both.err());
    assertRefused(small("--nouns", folder.resolve("none.txt").toString()), "none.txt");
    Path empty = Files.writeString(folder.resolve("empty.txt"), "\n");
    assertRefused(small("--nouns", empty.toString()), "there are 0");
  }

  @Test
  void whatTheModelLacksIsSaid() throws IOException {
    Path model = folder.resolve("tiny.gguf");
    StartupModel.write(model);
    assertRefused(study("--model", model.toString()), "no world of");
    assertRefused(study("--model", model.toString(), "--world", "7"), "no token for two digits");
    Path basis = SmallDictionary.write(folder.resolve("plt"), "tiny.gguf");
    assertRefused(small("--basis", basis.toString()), "tiny.gguf");
    assertRefused(small("--basis", folder.resolve("none").toString()), "none");
  }

  private static void assertRefused(Ran ran, String said) {
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains(said), ran.err());
    assertFalse(ran.err().contains("Exception"), ran.err());
  }
}
