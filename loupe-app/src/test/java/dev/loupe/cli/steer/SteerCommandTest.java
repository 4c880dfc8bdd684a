package dev.loupe.cli.steer;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SteerCommandTest {
  @TempDir Path folder;
  private Path model;
  private Path basis;

  @BeforeEach
  void aModelAndItsTranscoder() throws IOException {
    model = folder.resolve("tiny.gguf");
    StartupModel.write(model);
    basis = SmallDictionary.write(folder.resolve("plt"), "tiny.gguf");
  }

  private Ran steer(String... more) {
    return Ran.loupe(
        Stream.concat(Stream.of("steer", "and so", "--model", model.toString()), Stream.of(more))
            .toArray(String[]::new));
  }

  private JsonNode json(String... more) {
    Ran ran =
        steer(Stream.concat(Stream.of(more), Stream.of("--json", "-")).toArray(String[]::new));
    assertEquals(0, ran.exitCode(), ran.err());
    return JsonMapper.shared().readTree(ran.out());
  }

  @ParameterizedTest
  @CsvSource({
    "1e10, set to 1e10",
    "-1e-7, set to -1e-7",
    "12345.678, set to 12345.678",
    "12345678901, set to 12345678901"
  })
  void saysTheValueThatWasSet(String asked, String told) {
    assertEquals(told, json("--set", "1/3=" + asked).at("/changes/0/action").asString());
  }

  @Test
  void writesAPageThoughItHasNoViewOfItsOwn() throws IOException {
    Path html = folder.resolve("steer.html");
    Ran ran = steer("--ablate", "1/3", "--html", html.toString());
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(Files.readString(html).contains("loupe.steer/1"));
  }

  /** 1e30 in float32 overflows in the norm behind it; 1e300 at once. */
  @ParameterizedTest
  @ValueSource(strings = {"1e30", "1e300"})
  void anOverflowIsACaveatAndNoResult(String value) {
    Ran ran = steer("--set", "1/3=" + value, "--max-tokens", "2");
    assertEquals(ExitCode.EVIDENCE_FAILED.number(), ran.exitCode(), ran.err() + ran.out());
    assertTrue(ran.out().contains("overflowed"), ran.out());
    assertFalse(ran.out().contains("NaN"), ran.out());
    Ran written = steer("--set", "1/3=" + value, "--json", "-");
    assertEquals(ExitCode.EVIDENCE_FAILED.number(), written.exitCode());
    JsonNode json = JsonMapper.shared().readTree(written.out());
    assertTrue(json.path("predictions").isEmpty(), written.out());
    assertTrue(json.path("divergence").isNull(), written.out());
    assertTrue(json.at("/caveats/0").asString().contains("overflowed"), written.out());
  }

  /** The second layer's features would be read from what the first one's change has made. */
  @Test
  void anOverflowBeforeAnotherChangeIsOneToo() {
    Ran ran = steer("--set", "0/3=1e300", "--scale", "1/2=2", "--basis", basis.toString());
    assertEquals(ExitCode.EVIDENCE_FAILED.number(), ran.exitCode(), ran.err() + ran.out());
    assertTrue(ran.out().contains("overflowed"), ran.out());
  }

  @Test
  void showsNextTokensBeforeAndAfter() {
    Ran ran = steer("--ablate", "1/7@-1", "--add", "0/3=5", "--max-tokens", "3");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("    1/7@"), ran.out());
    assertTrue(ran.out().contains("everywhere"), ran.out());
    assertTrue(ran.out().contains("Continuations"), ran.out());
    JsonNode json = json("--ablate", "1/7@-1", "--add", "0/3=5", "--max-tokens", "3");
    assertEquals("loupe.steer/1", json.path("schema").asString());
    assertEquals("neurons", json.path("basis").asString());
    assertTrue(json.path("divergence").asDouble() > 0);
    assertTrue(json.path("continuations").has("after"));
    assertEquals("PASSED", json.at("/evidence/0/verdict").asString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"nothing", "attention", "attention-and-norms", "direct", "constrained"})
  void noChangeIsNoChangeWhateverIsHeld(String held) {
    JsonNode json = json("--scale", "1/3=1", "--basis", basis.toString(), "--freeze", held);
    assertEquals(0, json.path("divergence").asDouble(), 1e-9);
    assertTrue(json.path("basis").asString().contains("plt"), json.path("basis").asString());
    double unexplained = json.at("/evidence/1/measured/value").asDouble();
    assertTrue(unexplained > 0, "a random dictionary explains little");
  }

  /** Two instruments that know nothing of each other agree. */
  @Test
  void takingAFeatureAwayDirectlyIsItsEdge() {
    Ran traced =
        Ran.loupe(
            "trace",
            "and so",
            "--model",
            model.toString(),
            "--basis",
            basis.toString(),
            "--json",
            "-");
    JsonNode trace = JsonMapper.shared().readTree(traced.out());
    JsonNode logit =
        trace
            .get("nodes")
            .valueStream()
            .filter(node -> node.path("kind").asString().equals("logit"))
            .findFirst()
            .orElseThrow();
    JsonNode edge =
        trace
            .get("edges")
            .valueStream()
            .filter(each -> each.get("target").equals(logit.get("id")))
            .filter(each -> kind(trace, each.get("source")).equals("feature"))
            .findFirst()
            .orElseThrow();
    JsonNode feature = node(trace, edge.get("source"));
    String name =
        "%d/%d@%d"
            .formatted(
                feature.get("layer").asInt(),
                feature.get("unit").asInt(),
                feature.get("position").asInt());
    JsonNode steered = json("--ablate", name, "--freeze", "direct", "--basis", basis.toString());
    JsonNode token =
        steered
            .get("predictions")
            .valueStream()
            .filter(each -> each.get("id").equals(logit.get("token")))
            .findFirst()
            .orElseThrow();
    assertEquals(
        -edge.get("weight").asDouble(),
        token.get("logitAfter").asDouble() - token.get("logitBefore").asDouble(),
        1e-4);
    assertEquals(
        feature.get("activation").asDouble(), steered.at("/changes/0/before").asDouble(), 1e-4);
  }

  private static JsonNode node(JsonNode trace, JsonNode id) {
    return trace
        .get("nodes")
        .valueStream()
        .filter(node -> node.get("id").equals(id))
        .findFirst()
        .orElseThrow();
  }

  private static String kind(JsonNode trace, JsonNode id) {
    return node(trace, id).path("kind").asString();
  }

  @Test
  void patchingFromTheSamePromptChangesNothingAndFromAnotherDoes() {
    JsonNode same = json("--patch", "0/3", "--from", "and so");
    assertEquals(0, same.path("divergence").asDouble(), 1e-9);
    assertEquals(same.get("tokens").size(), same.get("changes").size());
    JsonNode other = json("--patch", "0/3@-1", "--patch", "1/5@-1", "--from", "so and");
    assertTrue(other.path("divergence").asDouble() > 0);
  }

  @ParameterizedTest
  @CsvSource({
    "--ablate=9/1@0, no layer 9",
    "--ablate=1/5000, there is no feature 1/5000",
    "--ablate=1/5@77, there is no position 77",
    "--ablate=1/5@-9, there is no position -9",
    "--patch=1/5, --patch needs a prompt",
  })
  void whatIsNotThereIsSaid(String option, String said) {
    Ran ran = steer(option);
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains(said), ran.err());
    assertFalse(ran.err().contains("Exception"), ran.err());
  }

  @Test
  void whatContradictsItselfIsRefused() {
    assertRefused(steer("--ablate", "1/5@0", "--set", "1/5=2"), "changed twice");
    assertRefused(steer("--ablate", "1/5", "--max-tokens", "3", "--freeze", "direct"), "--freeze");
    assertRefused(steer("--patch", "1/5", "--from", "and so and so"), "tokens");
    assertRefused(steer("--ablate", "1/5", "--from", "and so"), "--from");
  }

  private static void assertRefused(Ran ran, String said) {
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains(said), ran.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--ablate=x", "--ablate=1/2=3", "--set=1/2", "--set=1/2=much", "--freeze=all"})
  void whatIsWrittenWrongIsAUsageError(String option) {
    Ran ran = steer("--ablate=0/1", option);
    assertEquals(ExitCode.USAGE.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains(option.replaceFirst("=.*", "")), ran.err());
  }

  @Test
  void nothingToChangeIsAUsageError() {
    assertEquals(ExitCode.USAGE.number(), steer().exitCode());
  }
}
