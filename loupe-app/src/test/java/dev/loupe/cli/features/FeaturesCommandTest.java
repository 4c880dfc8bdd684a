package dev.loupe.cli.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Features of a network that was trained for a moment. */
class FeaturesCommandTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void trainAndIndex() throws IOException {
    List<String> lines =
        IntStream.range(0, 60)
            .mapToObj(i -> "{\"text\": \"The year %d was a good year.\"}".formatted(1700 + i))
            .toList();
    Files.write(folder.resolve("corpus.jsonl"), lines);
    Ran trained =
        Ran.loupe(
            "train",
            folder.resolve("corpus.jsonl").toString(),
            "--out",
            folder.resolve("model").toString(),
            "--vocabulary",
            "300",
            "--layers",
            "2",
            "--width",
            "16",
            "--heads",
            "2",
            "--context",
            "24",
            "--batch",
            "2",
            "--threads",
            "1",
            "--dtype",
            "float32",
            "--steps",
            "3");
    assertEquals(0, trained.exitCode(), trained.err());
    Ran indexed = index("store");
    assertEquals(0, indexed.exitCode(), indexed.err());
    assertTrue(indexed.out().contains("The index is in "), indexed.out());
  }

  private static Ran index(String store, String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("features", "index", folder.resolve("corpus.jsonl").toString()));
    arguments.addAll(List.of("--out", folder.resolve(store).toString()));
    arguments.addAll(List.of("--model", folder.resolve("model").toString(), "--threads", "1"));
    arguments.addAll(List.of(more));
    return Ran.loupe(arguments.toArray(String[]::new));
  }

  private static Ran features(String command, String... more) {
    List<String> arguments = new ArrayList<>(List.of("features", command));
    arguments.addAll(List.of("--store", folder.resolve("store").toString()));
    arguments.addAll(List.of("--model", folder.resolve("model").toString(), "--threads", "1"));
    arguments.addAll(List.of(more));
    return Ran.loupe(arguments.toArray(String[]::new));
  }

  @Test
  void showsAFeatureFromAllSides() throws IOException {
    Path page = folder.resolve("page.html");
    Path json = folder.resolve("feature.json");
    Ran ran = features("show", "1/3", "0/5", "--html", page.toString(), "--json", json.toString());
    assertEquals(0, ran.exitCode(), ran.err());
    for (String words :
        List.of(
            "Feature 1/3",
            "Feature 0/5",
            "Top activations",
            "promotes",
            "Nearest decoder directions",
            "Correlated neurons of the layer",
            "passed",
            "by a rule")) {
      assertTrue(ran.out().contains(words), () -> words + " in " + ran.out());
    }
    assertTrue(ran.out().lines().allMatch(line -> line.length() <= 100), ran.out());
    JsonNode features = JsonMapper.shared().readTree(Files.readString(json)).path("features");
    assertEquals(2, features.size());
    assertEquals(3, features.path(0).path("index").asInt());
    assertTrue(Files.readString(page).contains("loupe.features/1"));
  }

  /** A dictionary whose encoder biases keep all of its features silent. */
  @Test
  void aDeadFeatureShowsNoNumberThatIsNone() throws IOException {
    Path dead = Files.createDirectories(folder.resolve("dead"));
    int width = 16;
    float[] low = new float[4];
    java.util.Arrays.fill(low, -1e6f);
    new dev.loupe.tensor.SafetensorsWriter()
        .add("W_enc", new float[4 * width], width, 4)
        .add("W_dec", new float[4 * width], 4, width)
        .add("b_enc", low, 4)
        .add("b_dec", new float[width], width)
        .write(dead.resolve("sae_weights.safetensors"));
    Files.writeString(
        dead.resolve("cfg.json"),
        "{\"architecture\": \"standard\", \"hook_name\": \"blocks.1.hook_resid_post\"}");
    Ran indexed = index("dead-store", "--dictionary", dead.toString(), "--any-name");
    assertEquals(0, indexed.exitCode(), indexed.err());
    Path page = folder.resolve("dead.html");
    Path json = folder.resolve("dead.json");
    Ran ran =
        Ran.loupe(
            "features",
            "show",
            "1/2",
            "--store",
            folder.resolve("dead-store").toString(),
            "--model",
            folder.resolve("model").toString(),
            "--dictionary",
            dead.toString(),
            "--any-name",
            "--html",
            page.toString(),
            "--json",
            json.toString());
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("never above zero on"), ran.out());
    assertFalse(ran.out().contains("NaN"), ran.out());
    String written = Files.readString(json);
    assertFalse(written.contains("NaN"), written);
    assertTrue(JsonMapper.shared().readTree(written).at("/features/0/act_max").isNull(), written);
  }

  @Test
  void findsFeaturesByTextAndByToken() {
    Ran text = features("search", "--text", "The year 1750 was", "--top", "5");
    assertEquals(0, text.exitCode(), text.err());
    List<String> lines = text.out().lines().toList();
    assertTrue(lines.get(6).isEmpty() && lines.get(7).startsWith("Evidence"), text.out());
    Ran token = features("search", "--token", " year", "--layer", "1", "--json", "-");
    assertEquals(0, token.exitCode(), token.err());
    JsonNode found = JsonMapper.shared().readTree(token.out());
    assertEquals(" year", found.path("token").asString());
    assertTrue(found.path("promoting").size() > 0);
    assertEquals(1, found.path("promoting").path(0).path("id").path("layer").asInt());
  }

  @Test
  void labelsByRuleAndSaysSo() {
    Ran ran = features("label", "1/3");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("by rule, not by a model"), ran.out());
    assertTrue(Files.exists(folder.resolve("store").resolve("labels.json")));
    Ran estimate =
        features("label", "1/3", "--estimate", "--server", "http://x/v1", "--server-model", "m");
    assertTrue(estimate.out().contains("questions at most"), estimate.out());
    Ran map = map("store");
    assertEquals(0, map.exitCode(), map.err());
    JsonNode points = JsonMapper.shared().readTree(map.out()).path("points");
    assertTrue(points.path("label").path(64 + 3).asString().startsWith("fires"), map.out());
    assertEquals("", points.path("label").path(0).asString());
    assertBadInput("holds no index", map("nowhere"));
  }

  private static Ran map(String store) {
    return Ran.loupe(
        "features",
        "map",
        "--model",
        folder.resolve("model").toString(),
        "--labels",
        folder.resolve(store).toString(),
        "--epochs",
        "2",
        "--json",
        "-");
  }

  @Test
  void saysWhatAnIndexCostsAndWritesNothing() {
    Ran ran = index("never", "--estimate");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("128 features"), ran.out());
    assertFalse(Files.exists(folder.resolve("never")));
  }

  private static void assertBadInput(String message, Ran ran) {
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains(message), ran.err());
  }

  @Test
  void badInputIsOneClearError() {
    assertBadInput("is no feature", features("show", "seven"));
    assertBadInput("there is no feature 1/64", features("show", "1/64"));
    assertBadInput("has no layer 9", features("show", "9/1"));
    assertBadInput("does not exist", Ran.loupe("features", "index", "nothing.jsonl", "-o", "x"));
    assertBadInput("fewer than the 90,000", index("short", "--tokens", "90k"));
    assertBadInput("longer than the 24", index("long", "--context", "64"));
    assertBadInput("is 2 tokens", features("search", "--token", " year year"));
    assertBadInput(
        "is not the address",
        features("label", "1/3", "--server", "somewhere", "--server-model", "m"));
    assertEquals(ExitCode.USAGE.number(), features("search").exitCode());
    assertEquals(
        ExitCode.USAGE.number(), features("search", "--text", "a", "--token", "b").exitCode());
    assertEquals(ExitCode.USAGE.number(), features("label", "1/3", "--server", "x").exitCode());
  }
}
