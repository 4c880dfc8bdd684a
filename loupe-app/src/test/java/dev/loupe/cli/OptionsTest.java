package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.option.EngineOptions;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.PromptOptions;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.cli.trace.TraceOptions;
import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class OptionsTest {
  @TempDir Path folder;

  @Command(name = "probe")
  private static final class Probe {
    @Mixin private final PromptOptions prompt = new PromptOptions();
    @Mixin private final TraceOptions trace = new TraceOptions();
    @Mixin private final EngineOptions engine = new EngineOptions();
    @Mixin private final JsonOption json = new JsonOption();
  }

  private static Probe parse(String... arguments) {
    Probe probe = new Probe();
    new CommandLine(probe).setExpandAtFiles(false).parseArgs(arguments);
    return probe;
  }

  private static Terminal reading(byte[] input) {
    return new Terminal(
        new ByteArrayInputStream(input), System.out, System.err, false, false, false, 100);
  }

  @Test
  void aSinglePromptOfASmallModelIsNotShared() {
    int cores = Runtime.getRuntime().availableProcessors();
    assertEquals(1, parse("x").engine.threadsForOnePrompt(256, 1024));
    assertEquals(cores, parse("x").engine.threadsForOnePrompt(576, 1536));
    assertEquals(cores, parse("x").engine.threads());
    assertEquals(3, parse("x", "--threads", "3").engine.threadsForOnePrompt(256, 1024));
  }

  @Test
  void defaultsAreTheDocumentedOnes() {
    Probe probe = parse("x");
    assertEquals(0.8, probe.trace.coverage());
    assertEquals(List.of(), probe.trace.targets());
    assertEquals(OptionalInt.empty(), probe.trace.at());
    assertEquals(OptionalLong.empty(), probe.trace.maxMemory());
    assertEquals(DType.F32, probe.engine.dtype());
    assertEquals("cpu", probe.engine.device());
    assertEquals(0, probe.engine.seed());
    assertTrue(probe.engine.threads() >= 1);
  }

  /** Each choice once, as the help spells it; any case is read. */
  @Test
  void choicesAreSpeltOnce() {
    Ran ran = Ran.loupe("explain", "contrast", "x", "--search", "foo");
    assertTrue(ran.err().contains("'foo' is none of best-first, cell, mcell"), ran::err);
    new LoupeCommand(Ran.silent())
        .commandLine()
        .parseArgs("explain", "contrast", "x", "--search", "Best_First");
  }

  @Test
  void targetsKeepTheirLeadingSpaceAndRepeat() {
    Probe probe = parse("x", "--target", " Paris", "--target= London", "--at", "-2");
    assertEquals(List.of(" Paris", " London"), probe.trace.targets());
    assertEquals(OptionalInt.of(-2), probe.trace.at());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "800MB, 800000000",
    "4GiB, 4294967296",
    "4g, 4294967296",
    "1.5GiB, 1610612736",
    "2kb, 2000"
  })
  void memoryIsReadWithItsUnit(String text, long bytes) {
    assertEquals(OptionalLong.of(bytes), parse("x", "--max-memory", text).trace.maxMemory());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--coverage=0", "--coverage=1.1", "--coverage=NaN", "--max-nodes=0", "--max-nodes=x",
        "--threads=-1", "--max-memory=lots", "--max-memory=0", "--dtype=int8", "--device=tpu",
        "--seed=x", "--top=0", "--at=x"
      })
  void valuesOutOfRangeAreUsageErrors(String option) {
    ParameterException e = assertThrows(ParameterException.class, () -> parse("x", option));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains(option.replaceAll("=.*", "")), message);
  }

  @Test
  void typesAreReadInAnyCase() {
    assertEquals(DType.BF16, parse("x", "--dtype", "bfloat16").engine.dtype());
  }

  @Test
  void againstNeedsOneTarget() {
    assertThrows(ParameterException.class, () -> parse("x", "--against", "a").trace.check());
    parse("x", "--against", "a", "--target", "b").trace.check();
  }

  @Test
  void filesThatCannotBeWrittenFailBeforeTheWork() {
    String nowhere = folder.resolve("no/such/page.html").toString();
    assertThrows(ParameterException.class, () -> parse("x", "--html", nowhere));
    assertThrows(ParameterException.class, () -> parse("x", "--graph", folder + ""));
    assertThrows(ParameterException.class, () -> parse("x", "--json", nowhere));
    assertTrue(parse("x", "--json", "-").json.takesStandardOutput());
  }

  @Test
  void promptsComeFromTheArgumentStandardInputOrAFile() throws IOException {
    assertEquals("@user é ", parse("@user é ").prompt.read(reading(new byte[0])));
    assertEquals("two\nlines", parse("-").prompt.read(reading("two\nlines\n".getBytes(UTF_8))));
    Path file = Files.writeString(folder.resolve("prompt"), "from a file\n\n");
    assertEquals(
        "from a file\n", parse("--prompt-file", file + "").prompt.read(reading(new byte[0])));
    Files.writeString(file, "\uFEFFfrom a file");
    assertEquals(
        "from a file", parse("--prompt-file", file + "").prompt.read(reading(new byte[0])));
  }

  @Test
  void emptyPromptsAndBytesThatAreNoTextAreBadInput() {
    Terminal empty = reading(new byte[0]);
    assertThrows(LoupeException.class, () -> parse("").prompt.read(empty));
    assertThrows(LoupeException.class, () -> parse("-").prompt.read(empty));
    Terminal latin = reading(new byte[] {(byte) 0xe9});
    assertThrows(LoupeException.class, () -> parse("-").prompt.read(latin));
    assertThrows(
        LoupeException.class,
        () -> parse("--prompt-file", folder.resolve("none") + "").prompt.read(empty));
  }

  @Test
  void noPromptAndTwoPromptsAreUsageErrors() {
    Terminal empty = reading(new byte[0]);
    assertThrows(ParameterException.class, () -> parse().prompt.read(empty));
    assertThrows(
        ParameterException.class, () -> parse("x", "--prompt-file", "f").prompt.read(empty));
  }
}
