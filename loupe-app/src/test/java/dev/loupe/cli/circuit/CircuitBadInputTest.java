package dev.loupe.cli.circuit;

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
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code loupe circuit} says to pairs, models and dictionaries that it cannot use. */
class CircuitBadInputTest {
  @TempDir Path folder;

  private static void assertRefused(Ran ran, String... said) {
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.out() + ran.err());
    assertTrue(ran.err().startsWith("error: "), ran.err());
    List.of(said).forEach(words -> assertTrue(ran.err().contains(words), ran.err()));
    assertFalse(ran.err().contains("Exception"), ran.err());
    assertFalse(ran.out().contains("NaN"), ran.out());
  }

  /** A search of neurons of the smallest model over pairs whose twins a function words. */
  private Ran found(int pairs, Function<String, String> twin, String... more) throws IOException {
    String lines =
        IntStream.range(0, pairs)
            .mapToObj(i -> "The war lasted from the year 17%d to the year 17".formatted(30 + 3 * i))
            .map(clean ->
                "{\"clean\": \"%s\", %s\"answer\": \"81\", \"foil\": \"13\"}"
                    .formatted(clean, twin.apply(clean)))
            .collect(Collectors.joining("\n"));
    Path file = Files.writeString(folder.resolve("pairs.jsonl"), lines);
    return Ran.loupe(
        Stream.concat(
                Stream.of(
                    "circuit",
                    "find",
                    "--model",
                    "almanac-1m",
                    "--basis",
                    "neurons",
                    "--pairs",
                    file.toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static String twin(String text) {
    return "\"corrupted\": \"%s\", ".formatted(text);
  }

  @Test
  void whatNeedsTwinsNamesThePairThatHasNone() throws IOException {
    assertRefused(
        found(8, clean -> clean.contains("36") ? "" : twin(clean), "--ablation", "twin"),
        "pairs.jsonl, pair",
        "has no corrupted twin, and ablation puts in the twin's values",
        "\"corrupted\" prompt");
    assertRefused(found(8, _ -> "", "--rank", "inputs"), "the path of integrated gradients");
  }

  @Test
  void twinsHaveAsManyTokens() throws IOException {
    assertRefused(found(8, clean -> twin(clean + " to")), "13 tokens and its corrupted twin 14");
  }

  @Test
  void aTwinThatChangesNothingLeavesNothingToDivideBy() throws IOException {
    Ran ran = found(8, CircuitBadInputTest::twin);
    assertRefused(ran, "too small to divide by");
    assertTrue(ran.err().matches("(?s).*scores -?\\d+\\.\\d{4} .*scores -?\\d+\\.\\d{4}: .*"));
  }

  @Test
  void onePromptIsNoTask() throws IOException {
    assertRefused(found(1, CircuitBadInputTest::twin), "1 pairs to choose a circuit and 0 to test");
  }

  @Test
  void aDictionaryOfAnotherModelOrOfNoNumbersIsRefused() throws IOException {
    Ran other =
        Ran.loupe(
            "circuit", "find", "agreement", "--model", "almanac-1m", "--basis", "almanac-plt");
    assertRefused(other, "almanac-plt (trained on almanac)", "almanac-1m has 2 layers");
    Path model = folder.resolve("tiny.gguf");
    StartupModel.write(model);
    Path dictionary = SmallDictionary.write(folder.resolve("dictionary"), "tiny.gguf");
    SmallDictionary.writeLayer(dictionary, 1, SmallDictionary.WIDTH, -1);
    String pair =
        "{\"clean\": \"%1$d1\", \"corrupted\": \"%1$dx\", \"answer\": \"c\", \"foil\": \"d\"}";
    String pairs =
        IntStream.range(2, 9).mapToObj(pair::formatted).collect(Collectors.joining("\n"));
    Path file = Files.writeString(folder.resolve("bytes.jsonl"), pairs);
    Ran none =
        Ran.loupe(
            "circuit",
            "find",
            "--pairs",
            file.toString(),
            "--model",
            model.toString(),
            "--basis",
            dictionary.toString());
    assertRefused(none, "layer_1", "not numbers");
  }

  @Test
  void weightsThatAreNoNumbersAreRefused() throws IOException {
    Path model = folder.resolve("tiny.gguf");
    StartupModel.write(model);
    byte[] bytes = Files.readAllBytes(model);
    for (int i = bytes.length - 64; i < bytes.length; i++) {
      bytes[i] = (byte) 0xFF; // every number format reads this as NaN
    }
    Files.write(model, bytes);
    Ran ran = Ran.loupe("circuit", "find", "agreement", "--model", model.toString());
    assertRefused(ran, "tiny.gguf", "not numbers");
  }
}
