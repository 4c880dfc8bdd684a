package dev.loupe.cli.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.StartupModel;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.tensor.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code loupe trace} says to input that it cannot use: one clear error of one to four lines,
 * the right exit code, and no file half-written.
 */
class TraceBadInputTest {
  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void aModel() throws IOException {
    model = folder.resolve("tiny.gguf");
    StartupModel.write(model);
  }

  private Ran trace(String... arguments) {
    List<String> all = new ArrayList<>(List.of("trace", "--model", model.toString()));
    all.addAll(Arrays.asList(arguments));
    return Ran.loupe(all.toArray(String[]::new));
  }

  private void assertFails(Ran ran, ExitCode expected, String... said) throws IOException {
    assertEquals(expected.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().startsWith("error: "), ran.err());
    long lines = ran.err().lines().count();
    assertTrue(lines >= 1 && lines <= 4, ran.err());
    for (String words : said) {
      assertTrue(ran.err().contains(words), () -> "'" + words + "' in: " + ran.err());
    }
    assertFalse(ran.err().contains("Exception"), ran.err());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of(),
          files.filter(file -> file.getFileName().toString().startsWith(".")).toList(),
          "no half-written file may stay");
    }
  }

  @Test
  void tracesTheModelOfTheseTests() {
    Ran ran = trace("and so");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("Why does tiny"), ran.out());
    assertTrue(ran.out().contains("Paths through supernodes"), ran.out());
  }

  @Test
  void readsThePromptFromStandardInput() {
    Ran argument = trace("and so");
    Ran input = Ran.loupe(false, "and so\n", "trace", "--model", model.toString(), "-");
    assertEquals(0, input.exitCode(), input.err());
    assertEquals(argument.out().lines().findFirst(), input.out().lines().findFirst());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-"})
  void anEmptyPrompt(String prompt) throws IOException {
    assertFails(trace(prompt), ExitCode.BAD_INPUT, "the prompt is empty");
  }

  @Test
  void aPromptLongerThanTheContext() throws IOException {
    assertFails(
        trace("b".repeat(65)),
        ExitCode.BAD_INPUT,
        "65 tokens",
        "64",
        model.getFileName().toString());
    assertEquals(0, trace("b".repeat(64), "--max-nodes", "5").exitCode());
  }

  @ParameterizedTest
  @CsvSource({"--target", "--against"})
  void aTargetThatIsNotOneTokenAndHowItSplits(String option) throws IOException {
    Ran ran =
        option.equals("--target")
            ? trace("so", "--target", "andy")
            : trace("so", "--target", "a", "--against", "andy");
    assertFails(ran, ExitCode.BAD_INPUT, "andy", "\"and\" + \"y\"");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, -3, 1000})
  void aPositionThatIsNotThere(int position) throws IOException {
    assertFails(
        trace("so", "--at=" + position), ExitCode.BAD_INPUT, Integer.toString(position), "0 to 1");
  }

  @ParameterizedTest
  @CsvSource({
    "--coverage=0, --coverage",
    "--coverage=1.5, --coverage",
    "--coverage=much, --coverage",
    "--max-nodes=0, --max-nodes",
    "--max-memory=some, --max-memory",
    "--against=x, --against needs exactly one --target",
    "--dtype=int8, --dtype",
    "--device=tpu, --device",
    "--at=last, --at",
  })
  void anOptionOutOfRangeIsAUsageErrorThatNamesIt(String option, String said) throws IOException {
    assertFails(trace("so", option), ExitCode.USAGE, said);
  }

  @Test
  void noPromptAtAll() throws IOException {
    assertFails(trace(), ExitCode.USAGE, "no prompt");
  }

  @Test
  void tooLittleMemoryIsToldBeforeTheWork() throws IOException {
    Ran ran = trace("so", "--max-memory", "100MB");
    assertFails(ran, ExitCode.RESOURCE, "--max-memory");
    assertEquals("", ran.out());
  }

  @Test
  void aDeviceThatThisBuildCannotUse() throws IOException {
    assertFails(trace("so", "--device", "cuda"), ExitCode.BAD_INPUT, "cuda", "--device");
  }

  @Test
  void aChatWithAModelThatHasNoTemplate() throws IOException {
    assertFails(trace("so", "--chat"), ExitCode.BAD_INPUT, "no chat template", "--chat");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--json", "--html", "--graph"})
  void aFullDisk(String option) throws IOException {
    assumeTrue(Files.exists(Path.of("/dev/full")), "no /dev/full on this machine");
    assertFails(
        trace("so", "--max-nodes", "5", option, "/dev/full"),
        ExitCode.RESOURCE,
        "/dev/full",
        "No space left");
    assertFalse(Files.isRegularFile(Path.of("/dev/full")), "the device must stay a device");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--json", "--html", "--graph"})
  void aFileThatCannotBeWrittenFailsBeforeTheModelIsOpened(String option) throws IOException {
    Path target = folder.resolve("absent/result");
    Ran ran = Ran.loupe("trace", "so", "--model", "/no/such/model.gguf", option, target.toString());
    assertFails(ran, ExitCode.BAD_INPUT, target.toString(), "no folder");
    assertFails(trace("so", option, folder.toString()), ExitCode.BAD_INPUT, "is a folder");
    assertFalse(Files.exists(target.resolveSibling("")), "nothing may be made");
  }

  @Test
  void aFailureLeavesTheOldResultAsItWas() throws IOException {
    Path result = Files.writeString(folder.resolve("result.json"), "old");
    trace("so", "--at", "9", "--json", result.toString(), "--html", result + ".html");
    assertEquals("old", Files.readString(result));
    assertFalse(Files.exists(Path.of(result + ".html")));
  }

  @Test
  void anArchitectureOfAFolderThatLoupeDoesNotKnow() throws IOException {
    model = checkpoint("mamba", new float[12], 3, 4);
    assertFails(
        trace("so"), ExitCode.BAD_INPUT, "config.json", "model_type", "mamba", "gpt2", "llama");
  }

  @Test
  void anArchitectureOfAGgufFileThatLoupeDoesNotKnow() throws IOException {
    byte[] bytes = Files.readAllBytes(model);
    // The first key and its value stand at fixed places: a name of the same length.
    System.arraycopy("mamba".getBytes(UTF_8), 0, bytes, 64, 5);
    Files.write(model, bytes);
    assertFails(trace("so"), ExitCode.BAD_INPUT, "general.architecture", "mamba", "llama");
  }

  @Test
  void aTensorThatIsMissing() throws IOException {
    model = checkpoint("gpt2", new float[12], 3, 4);
    assertFails(trace("so"), ExitCode.BAD_INPUT, "model.safetensors", "wpe");
  }

  @Test
  void aTensorOfAWrongShape() throws IOException {
    model = checkpoint("gpt2", new float[15], 3, 5);
    assertFails(trace("so"), ExitCode.BAD_INPUT, "wte", "[3, 5]", "[3, 4]");
  }

  @Test
  void aTensorThatHoldsNoNumber() throws IOException {
    float[] weights = new float[12];
    weights[7] = Float.NaN;
    model = checkpoint("gpt2", weights, 3, 4);
    assertFails(trace("so"), ExitCode.BAD_INPUT, "wte", "not numbers");
  }

  @Test
  void aGgufFileThatIsCutOff() throws IOException {
    byte[] bytes = Files.readAllBytes(model);
    for (int length : new int[] {0, 3, 20, bytes.length / 2, bytes.length - 1}) {
      Files.write(model, Arrays.copyOf(bytes, length));
      assertFails(trace("so"), ExitCode.BAD_INPUT, "tiny.gguf");
    }
  }

  @Test
  void aSafetensorsFileThatIsNone() throws IOException {
    model = checkpoint("gpt2", new float[12], 3, 4);
    Files.writeString(model.resolve("model.safetensors"), "<html>not found</html>");
    assertFails(trace("so"), ExitCode.BAD_INPUT, "model.safetensors");
  }

  @Test
  void aFolderWithoutAConfiguration() throws IOException {
    model = Files.createDirectory(folder.resolve("empty"));
    assertFails(trace("so"), ExitCode.BAD_INPUT, "config.json");
  }

  @Test
  void aModelThatIsNotThere() throws IOException {
    model = folder.resolve("none.gguf");
    assertFails(trace("so"), ExitCode.BAD_INPUT, "none.gguf");
  }

  @Test
  void evidenceThatFailsIsAnExitCodeOfItsOwn() {
    Estimate gap = Estimate.exactly(0.5, "gap");
    Evidence holds = Evidence.atMost(1, "a", Support.OBSERVED, gap, "");
    Evidence fails = Evidence.atMost(0.1, "b", Support.OBSERVED, gap, "");
    assertEquals(ExitCode.DONE, ExitCode.of(List.of(holds)));
    assertEquals(ExitCode.EVIDENCE_FAILED, ExitCode.of(List.of(holds, fails)));
    assertEquals(5, ExitCode.EVIDENCE_FAILED.number());
  }

  /** A folder with one tensor, the token rows. */
  private Path checkpoint(String family, float[] tokens, long... shape) throws IOException {
    Path checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
    Files.writeString(
        checkpoint.resolve("config.json"),
        """
        {"model_type": "%s", "n_layer": 1, "n_embd": 4, "n_head": 2, "n_positions": 8,
         "vocab_size": 3, "tie_word_embeddings": true}
        """
            .formatted(family));
    new SafetensorsWriter()
        .add("transformer.wte.weight", tokens, shape)
        .write(checkpoint.resolve("model.safetensors"));
    return checkpoint;
  }
}
