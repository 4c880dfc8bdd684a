package dev.loupe.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Whatever command opens a model or a dictionary says what is to be said of how it was read. */
class CaveatsTest {
  private static final String OF_THE_MODEL = "keys that Loupe does not know: colour";
  private static final String OF_THE_DICTIONARY = "center_writing_weights true";

  @TempDir private static Path folder;

  @BeforeAll
  static void aModelAndADictionaryWithSomethingToSay() throws IOException {
    List<String> lines =
        IntStream.range(0, 60)
            .mapToObj(i -> "{\"text\": \"The year %d was a good year.\"}".formatted(1700 + i))
            .toList();
    Files.write(folder.resolve("corpus.jsonl"), lines);
    done(
        "train CORPUS --out MODEL --vocabulary 270 --layers 2 --width 16 --heads 2 --context 512"
            + " --batch 2 --threads 1 --dtype float32 --steps 3");
    set(folder.resolve("model/config.json"), "colour", "3");
    done(
        "dictionary train CORPUS --model MODEL --kind sae --layers 0 --features 16 --k 2 --batch 64"
            + " --context 24 --out SAE --threads 1 --tokens 512");
    Path trained;
    try (Stream<Path> found = Files.list(folder.resolve("sae"))) {
      trained =
          found.filter(path -> path.toString().contains("features")).sorted().toList().getLast();
    }
    done("dictionary convert " + trained + " DICT --format saelens");
    Path config;
    try (Stream<Path> found = Files.walk(folder.resolve("dict"))) {
      config = found.filter(path -> path.endsWith("cfg.json")).findFirst().orElseThrow();
    }
    set(
        config,
        "model_from_pretrained_kwargs",
        "{\"center_writing_weights\": true, \"device\": \"cpu\", \"fold_ln\": false}");
  }

  private static void set(Path file, String key, String value) throws IOException {
    ObjectNode config = (ObjectNode) JsonMapper.shared().readTree(file.toFile());
    config.set(key, JsonMapper.shared().readTree(value));
    Files.writeString(file, config.toString());
  }

  private static Ran run(String command, String... more) {
    List<String> arguments = new ArrayList<>();
    for (String word : command.split(" ", -1)) {
      arguments.add(
          switch (word) {
            case "CORPUS" -> folder.resolve("corpus.jsonl").toString();
            case "MODEL", "SAE", "DICT", "STORE" ->
                folder.resolve(word.toLowerCase(java.util.Locale.ROOT)).toString();
            default -> word;
          });
    }
    arguments.addAll(List.of(more));
    return Ran.loupe(arguments.toArray(String[]::new));
  }

  private static Ran done(String command, String... more) {
    Ran ran = run(command, more);
    assertEquals(0, ran.exitCode(), command + ": " + ran.err());
    return ran;
  }

  private static String words(Ran ran) {
    return (ran.out() + ran.err()).replaceAll("\\s+", " ");
  }

  private static int times(String what, Ran ran) {
    return Pattern.compile(what, Pattern.LITERAL).split(words(ran), -1).length - 1;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models show MODEL",
        "models run MODEL The --max-tokens 2 --threads 1",
        "trace The --model MODEL --max-nodes 10 --threads 1",
        "steer The --model MODEL --set 0/3=2 --threads 1",
        "dictionary show DICT --model MODEL --any-name --threads 1",
        "dictionary evaluate DICT CORPUS --model MODEL --any-name --threads 1 --held-out 0.5",
      })
  void whatIsToBeSaidOfTheModelIsSaidOnceAndStandsInTheResult(String command) {
    Ran text = run(command);
    assertEquals(1, times(OF_THE_MODEL, text), command + ": " + words(text));
    Ran written = run(command, "--json", "-");
    JsonNode json = JsonMapper.shared().readTree(written.out());
    assertEquals(
        1,
        json.path("caveats")
            .valueStream()
            .filter(each -> each.asString().contains(OF_THE_MODEL))
            .count(),
        command + ": " + json.path("caveats") + written.err());
    assertFalse(run(command, "--quiet", "--json", "-").err().contains(OF_THE_MODEL));
  }

  @Test
  void featuresSayItToo() {
    Ran indexed = done("features index CORPUS --out STORE --model MODEL --threads 1");
    assertEquals(1, times(OF_THE_MODEL, indexed), words(indexed));
    String show = "features show 1/3 --store STORE --model MODEL --threads 1";
    assertEquals(1, times(OF_THE_MODEL, run(show)));
    assertTrue(
        JsonMapper.shared()
            .readTree(run(show, "--json", "-").out())
            .path("caveats")
            .toString()
            .contains(OF_THE_MODEL));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dictionary show DICT",
        "dictionary evaluate DICT CORPUS --model MODEL --any-name --threads 1 --held-out 0.5",
        "trace The --model MODEL --basis DICT --any-name --max-nodes 10 --threads 1",
      })
  void howTheModelOfADictionaryWasLoadedIsSaid(String command) {
    Ran text = run(command);
    assertEquals(1, times(OF_THE_DICTIONARY, text), command + ": " + words(text));
    assertFalse(words(text).contains("fold_ln"), "it was off");
    JsonNode json = JsonMapper.shared().readTree(run(command, "--json", "-").out());
    assertTrue(json.path("caveats").toString().contains(OF_THE_DICTIONARY), json.toString());
  }
}
