package dev.loupe.cli.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.hub.CachedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ModelsCommandTest {
  private static final String CONFIG =
      "{\"model_type\": \"gpt2\", \"architectures\": [\"GPT2LMHeadModel\"]}";

  @TempDir Path folder;

  @BeforeEach
  void aModelInAFolder() throws IOException {
    Files.writeString(folder.resolve("config.json"), CONFIG);
    Files.write(folder.resolve("model.safetensors"), new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
  }

  @Test
  void showDescribesAFolder() {
    Ran ran = Ran.loupe("models", "show", folder.toString());
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains(folder.toString()), ran.out());
    assertTrue(ran.out().contains("model.safetensors"), ran.out());
    assertEquals("", ran.err());
  }

  @Test
  void jsonOnStandardOutputIsAllThereIs() {
    Ran ran = Ran.loupe("models", "show", folder.toString(), "--json", "-");
    JsonNode json = JsonMapper.shared().readTree(ran.out());
    assertEquals("loupe.models/1", json.path("schema").asString());
    assertEquals(64, json.path("sha256").asString().length());
    assertEquals(2, json.path("files").size());
  }

  @Test
  void jsonGoesToAFileBesideTheText() throws IOException {
    Path file = folder.resolve("show.json");
    Ran ran = Ran.loupe("models", "show", folder.toString(), "--json", file.toString());
    assertTrue(ran.out().contains("sha256"), ran.out());
    assertTrue(JsonMapper.shared().readTree(Files.readString(file)).has("weights"));
  }

  @Test
  void whatIsNotThereIsBadInputInTwoLines() {
    Ran ran = Ran.loupe("models", "show", folder.resolve("none.gguf").toString());
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode());
    assertEquals("", ran.out());
    assertEquals(2, ran.err().lines().count(), ran.err());
    assertTrue(ran.err().contains("none.gguf"), ran.err());
  }

  @Test
  void pathsAreNeitherPulledNorRemoved() {
    assertEquals(3, Ran.loupe("models", "pull", folder.toString()).exitCode());
    assertEquals(3, Ran.loupe("models", "remove", folder.toString()).exitCode());
    assertTrue(Files.exists(folder.resolve("config.json")));
  }

  @Test
  void listNeedsNoNetworkAndPrintsJson() {
    Ran ran = Ran.loupe("models", "list", "--json", "-");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(JsonMapper.shared().readTree(ran.out()).path("models").isArray());
  }

  @Test
  void listSaysWhatAModelFetchedInPartLacksAndHowToCompleteIt() {
    CachedModel.Revision revision =
        new CachedModel.Revision("c".repeat(40), List.of("v2"), 0, List.of(), List.of("b.gguf"));
    CachedModel model =
        new CachedModel(
            "org/name", folder, 9, Instant.EPOCH, List.of(revision), new CachedModel.Parts(2, 9));
    String line = ModelsListCommand.notWhole(model).orElseThrow();
    assertTrue(line.contains("v2 lacks b.gguf; 2 downloads begun, 9 bytes of them"), line);
    assertTrue(line.contains("'loupe models pull org/name@v2'"), line);
    JsonNode json =
        JsonMapper.shared().readTree(ModelsJson.models(List.of(), List.of(), List.of(model)));
    assertEquals("b.gguf", json.at("/models/0/revisions/0/missing/0").asString());
    assertEquals(9, json.at("/models/0/incomplete/bytes").asInt());
  }

  @Test
  void aMissingNameIsAUsageError() {
    Ran ran = Ran.loupe("models", "pull");
    assertEquals(2, ran.exitCode());
    assertTrue(ran.err().contains("MODEL"), ran.err());
  }

  @Test
  void textWithoutQuotesIsAUsageErrorThatSaysSo() {
    Ran ran = Ran.loupe("models", "show", "my", "model");
    assertEquals(2, ran.exitCode());
    assertTrue(ran.err().contains("'model' is one too many"), ran.err());
    assertTrue(ran.err().contains("quotes"), ran.err());
  }

  @Test
  void withoutASubcommandShowsWhatThereIs() {
    Ran ran = Ran.loupe("models");
    assertEquals(0, ran.exitCode());
    assertTrue(ran.out().contains("\n  pull "), ran.out());
    assertFalse(ran.out().contains("Answer:"), ran.out());
  }
}
