package dev.loupe.cli.dictionary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.tensor.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DictionaryCommandTest {
  private static final int FEATURES = 6;
  private static final int WIDTH = 4;

  @TempDir Path folder;

  @BeforeEach
  void aDictionaryOfTwoLayers() throws IOException {
    Files.createDirectories(source());
    Files.writeString(
        source().resolve("config.yaml"),
        """
        model_kind: transcoder_set
        model_name: tiny
        feature_input_hook: mlp.hook_in
        feature_output_hook: mlp.hook_out
        """);
    for (int layer = 0; layer < 2; layer++) {
      write(layer, 1);
    }
  }

  private Path source() {
    return folder.resolve("plt");
  }

  private void write(int layer, float value) {
    float[] matrix = new float[FEATURES * WIDTH];
    Arrays.fill(matrix, value);
    new SafetensorsWriter()
        .add("W_enc", matrix, FEATURES, WIDTH)
        .add("W_dec", matrix, FEATURES, WIDTH)
        .add("b_enc", new float[FEATURES], FEATURES)
        .add("b_dec", new float[WIDTH], WIDTH)
        .write(source().resolve("layer_" + layer + ".safetensors"));
  }

  private Ran dictionary(String command, String... more) {
    Stream<String> usual = Stream.of("dictionary", command, source().toString());
    return Ran.loupe(Stream.concat(usual, Stream.of(more)).toArray(String[]::new));
  }

  @Test
  void showsWhatADictionaryIs() {
    Ran ran = dictionary("show");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("circuit-tracer-plt"), ran.out());
    assertTrue(ran.out().contains("mlp_in.1"), ran.out());
    JsonNode json = JsonMapper.shared().readTree(dictionary("show", "--json", "-").out());
    assertEquals("transcoder", json.path("kind").asString());
    assertEquals("tiny", json.path("modelName").asString());
    assertEquals(FEATURES, json.at("/layers/1/features").asInt());
    assertEquals("mlp_out.1", json.at("/layers/1/writes/0").asString());
    assertEquals("relu", json.at("/layers/0/activation").asString());
  }

  @Test
  void oneThatComesWithLoupeGoesByItsName() {
    Ran ran = Ran.loupe("dictionary", "show", "almanac-sae-512", "--json", "-");
    assertEquals(0, ran.exitCode(), ran.err());
    JsonNode json = JsonMapper.shared().readTree(ran.out());
    assertEquals("almanac-sae-512", json.path("name").asString());
    assertEquals("almanac", json.path("modelName").asString());
    Ran unknown = Ran.loupe("dictionary", "show", "almanac-sae");
    assertEquals(ExitCode.BAD_INPUT.number(), unknown.exitCode());
    assertTrue(unknown.err().contains("almanac-sae-512"), unknown.err());
  }

  @Test
  void convertsAndSaysHowLarge() {
    Path out = folder.resolve("out");
    Ran estimate =
        dictionary("convert", out.toString(), "--format", "circuit-tracer-clt", "--estimate");
    assertEquals(0, estimate.exitCode(), estimate.err());
    assertTrue(estimate.out().contains("would take"), estimate.out());
    assertFalse(Files.exists(out));
    Ran ran =
        dictionary("convert", out.toString(), "--format", "circuit-tracer-clt", "--json", "-");
    assertEquals(0, ran.exitCode(), ran.err());
    JsonNode json = JsonMapper.shared().readTree(ran.out());
    assertTrue(json.path("written").asBoolean());
    Ran shown = Ran.loupe("dictionary", "show", out.toString());
    assertTrue(shown.out().contains("cross layer transcoder"), shown.out());
  }

  @Test
  void refusalsLeaveNothingBehind() throws IOException {
    Path out = folder.resolve("out");
    Ran wordless = dictionary("convert", out.toString(), "--format", "sparsify");
    assertEquals(ExitCode.BAD_INPUT.number(), wordless.exitCode());
    assertTrue(wordless.err().contains("cannot express ReLU"), wordless.err());
    Ran unknown = dictionary("convert", out.toString(), "--format", "onnx");
    assertEquals(ExitCode.BAD_INPUT.number(), unknown.exitCode());
    assertTrue(unknown.err().contains("saelens"), unknown.err());
    Ran placed = dictionary("show", "--at", "nowhere");
    assertEquals(ExitCode.BAD_INPUT.number(), placed.exitCode());
    write(1, Float.NaN);
    Ran damaged = dictionary("convert", out.toString(), "--format", "saelens");
    assertEquals(ExitCode.BAD_INPUT.number(), damaged.exitCode());
    assertTrue(damaged.err().contains("W_enc holds infinities"), damaged.err());
    assertEquals(0, dictionary("show").exitCode());
    assertEquals(ExitCode.BAD_INPUT.number(), dictionary("show", "--verify").exitCode());
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count());
    }
  }

  @Test
  void quietSaysNothing() {
    Ran ran = dictionary("convert", folder.resolve("out").toString(), "--format", "saelens", "-q");
    assertEquals(0, ran.exitCode());
    assertEquals("", ran.out() + ran.err());
  }
}
