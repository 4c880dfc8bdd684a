package dev.loupe.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.SmallDictionary;
import dev.loupe.cli.StartupModel;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.tensor.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code loupe trace --basis FOLDER}. */
class TraceBasisTest {
  @TempDir Path folder;
  private Path model;
  private Path basis;

  @BeforeEach
  void aModelAndItsTranscoder() throws IOException {
    model = folder.resolve("tiny.gguf");
    StartupModel.write(model);
    basis = SmallDictionary.write(folder.resolve("plt"), "tiny.gguf");
  }

  private Ran trace(String... more) {
    Stream<String> usual =
        Stream.of("trace", "and so", "--model", model.toString(), "--basis", basis.toString());
    return Ran.loupe(Stream.concat(usual, Stream.of(more)).toArray(String[]::new));
  }

  private static void assertRefused(Ran ran, String... said) {
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().lines().count() <= 4, ran.err());
    for (String words : said) {
      assertTrue(ran.err().contains(words), () -> "'" + words + "' in: " + ran.err());
    }
    assertFalse(ran.err().contains("Exception"), ran.err());
  }

  @Test
  void supernodesAreWrittenEditedAndReadAgain() throws IOException {
    Path file = folder.resolve("groups.txt");
    Ran proposed = trace("--write-supernodes", file.toString());
    assertEquals(0, proposed.exitCode(), proposed.err());
    String line = Files.readAllLines(file).getFirst();
    String units = line.substring(line.lastIndexOf(':'));
    Files.writeString(file, "what I think it is" + units + "\n");
    Ran mine = trace("--supernodes", file.toString());
    assertEquals(0, mine.exitCode(), mine.err());
    assertTrue(mine.out().contains("what I think it is"), mine.out());
    Files.writeString(file, "wrong: 0/0@77");
    assertRefused(trace("--supernodes", file.toString()), "0/0@77", "does not list");
    Files.writeString(file, "wrong");
    assertRefused(trace("--supernodes", file.toString()), "groups.txt, line 1");
  }

  @Test
  void listsFeaturesAndErrors() throws IOException {
    Path html = folder.resolve("trace.html");
    Path graph = folder.resolve("graph.json");
    Ran shown = trace();
    assertTrue(shown.out().contains("Strongest features"), shown.out());
    assertTrue(shown.out().contains("active features listed"), shown.out());
    Ran ran = trace("--json", "-", "--html", html.toString(), "--graph", graph.toString());
    assertEquals(0, ran.exitCode(), ran.err());
    JsonNode json = JsonMapper.shared().readTree(ran.out());
    assertEquals("plt", json.path("basis").asString());
    assertEquals("mlp_out.0", json.at("/dictionary/writes").asString());
    assertEquals("nothing", json.at("/totals/stoppedBy").asString());
    assertEquals(json.at("/totals/units").asInt(), json.at("/totals/listedNodes").asInt());
    Set<String> kinds = new TreeSet<>();
    json.get("nodes").forEach(node -> kinds.add(node.get("kind").asString()));
    assertTrue(kinds.containsAll(Set.of("feature", "error", "token", "logit")), kinds.toString());
    double sum = 0;
    for (String share : new String[] {"listedShare", "biasShare", "errorShare", "remainderShare"}) {
      sum += json.at("/totals/" + share).asDouble();
    }
    assertEquals(1, sum, 1e-5);
    assertTrue(Files.readString(html).contains("loupe.trace/1"));
    assertTrue(Files.readString(graph).contains("mlp reconstruction error"));
  }

  @Test
  void whatACapLeavesOutIsShown() {
    Ran ran = trace("--max-nodes", "10", "--json", "-");
    assertEquals(0, ran.exitCode(), ran.err());
    JsonNode json = JsonMapper.shared().readTree(ran.out());
    assertEquals("maxNodes", json.at("/totals/stoppedBy").asString());
    assertTrue(json.at("/totals/listedNodes").asInt() <= 10);
    assertTrue(json.at("/totals/remainderShare").asDouble() > 0);
    assertTrue(json.get("caveats").toString().contains("`maxNodes`"), ran.out());
  }

  @Test
  void explainsWhereAHeadLooks() {
    Ran shown = trace("--attention", "1/0");
    assertTrue(shown.out().contains("Head 0 of layer 1 attends from"), shown.out());
    Ran ran = trace("--attention", "1/1@1:0", "--json", "-");
    assertEquals(0, ran.exitCode(), ran.err());
    JsonNode head = JsonMapper.shared().readTree(ran.out()).at("/attention/0");
    double sum = head.path("rest").asDouble();
    for (JsonNode pair : head.path("pairs")) {
      sum += pair.path("score").asDouble();
    }
    assertEquals(head.path("score").asDouble(), sum, 1e-4);
    assertRefused(trace("--attention", "9/0"), "there is no head 9/0");
    assertEquals(ExitCode.USAGE.number(), trace("--attention", "first").exitCode());
  }

  @Test
  void saysWhatItWouldTake() {
    Ran ran = trace("--estimate");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("features"), ran.out());
  }

  @Test
  void aDictionaryOfAnotherModel() throws IOException {
    SmallDictionary.write(basis, "gpt2");
    assertRefused(trace(), "trained on gpt2", "tiny.gguf");
    assertEquals(0, trace("--any-name").exitCode());
    for (int layer = 0; layer < SmallDictionary.LAYERS; layer++) {
      SmallDictionary.writeLayer(basis, layer, 48, 1);
    }
    assertRefused(trace("--any-name"), "width 48", "d_model 64");
  }

  @Test
  void aLayerThatTheModelLacks() {
    SmallDictionary.writeLayer(basis, 2, SmallDictionary.WIDTH, 1);
    assertRefused(trace(), "layer 2", "2 layers");
  }

  @Test
  void aDecoderThatHoldsNoNumber() {
    SmallDictionary.writeLayer(basis, 1, SmallDictionary.WIDTH, -1);
    assertRefused(trace(), "W_dec holds infinities or values that are not numbers");
  }

  @Test
  void aThresholdThatIsMissing() throws IOException {
    basis = Files.createDirectory(folder.resolve("sae"));
    Files.writeString(
        basis.resolve("cfg.json"),
        """
        {"architecture": "jumprelu", "d_in": 64, "d_sae": 2, "hook_name": "blocks.1.hook_resid_post",
         "model_name": "tiny.gguf"}
        """);
    new SafetensorsWriter()
        .add("W_enc", new float[128], 64, 2)
        .add("W_dec", new float[128], 2, 64)
        .add("b_enc", new float[2], 2)
        .add("b_dec", new float[64], 64)
        .write(basis.resolve("sae_weights.safetensors"));
    assertRefused(trace(), "threshold", "JumpReLU");
  }

  @Test
  void aFolderThatIsNone() throws IOException {
    basis = folder.resolve("none");
    assertRefused(trace(), "none: no such folder");
    basis = Files.createDirectory(folder.resolve("empty"));
    assertRefused(trace(), "holds no dictionary");
  }

  @Test
  void optionsOfADictionaryNeedOne() {
    Ran ran = Ran.loupe("trace", "so", "--model", model.toString(), "--any-name");
    assertEquals(ExitCode.USAGE.number(), ran.exitCode());
    assertTrue(ran.err().contains("--basis"), ran.err());
  }
}
