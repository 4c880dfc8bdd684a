package dev.loupe.cli.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ModelsRunCommandTest {
  @ParameterizedTest
  @CsvSource({
    "--temperature, -1, from 0 (greedy) to 100",
    "--top-k, -2, 0 (all tokens) or more",
    "--top-p, 1.5, above 0 and at most 1",
    "--min-p, 2, from 0 (all tokens) to 1",
    "--max-tokens, 0, 1 or more",
    "--stop, '', a text that is not empty",
  })
  void namesTheOptionThatIsOutOfRange(String option, String value, String range) {
    Ran ran = Ran.loupe("models", "run", "no-such/model", "hello", option, value);
    assertEquals(ExitCode.USAGE.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains(option), ran.err());
    assertTrue(ran.err().contains(range), ran.err());
  }

  @Test
  void rejectsAnEmptyPromptFromEitherSide() {
    Ran argument = Ran.loupe("models", "run", "model", "");
    assertEquals(ExitCode.BAD_INPUT.number(), argument.exitCode());
    assertTrue(argument.err().contains("the prompt is empty"), argument.err());
    Ran input = Ran.loupe(false, "\n", "models", "run", "model", "-");
    assertEquals(ExitCode.BAD_INPUT.number(), input.exitCode());
    assertTrue(input.err().contains("the prompt is empty"), input.err());
  }

  @Test
  void saysWhichPathIsNotThere() {
    String path = Path.of("no", "such", "model.gguf").toAbsolutePath().toString();
    Ran ran = Ran.loupe("models", "run", path, "hello");
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode());
    assertTrue(ran.err().contains(path), ran.err());
    assertEquals("", ran.out());
  }

  @Test
  void showsExamples() {
    Ran ran = Ran.loupe("models", "run", "--help");
    assertEquals(ExitCode.DONE.number(), ran.exitCode());
    assertTrue(ran.out().contains("Examples:"), ran.out());
    assertTrue(ran.out().contains("--top-p"), ran.out());
  }

  /** Its chat template closes a turn with the tokenizer's end, its configuration names another. */
  @Test
  void anAnswerEndsWhereTheTokenizerSaysSo() {
    Ran ran =
        Ran.loupe(
            "models",
            "run",
            "almanac-abstain",
            "When was Pearl Shelby born?",
            "--max-tokens",
            "12",
            "--threads",
            "1",
            "--json",
            "-");
    assertEquals(0, ran.exitCode(), ran::err);
    JsonNode answer = JsonMapper.shared().readTree(ran.out());
    assertEquals("end_token", answer.path("stopReason").asString());
    assertEquals(" October 15.", answer.path("text").asString());
  }
}
