package dev.loupe.model.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "-0.1, 0, 1, 0, 1, `temperature`",
    "NaN, 0, 1, 0, 1, `temperature`",
    "101, 0, 1, 0, 1, `temperature`",
    "1, -1, 1, 0, 1, `topK`",
    "1, 0, 0, 0, 1, `topP`",
    "1, 0, 1.01, 0, 1, `topP`",
    "1, 0, NaN, 0, 1, `topP`",
    "1, 0, 1, -0.5, 1, `minP`",
    "1, 0, 1, 1.5, 1, `minP`",
    "1, 0, 1, 0, 0, `maxTokens`",
  })
  void namesTheOptionThatIsOutOfRange(
      double temperature, int topK, double topP, double minP, int maxTokens, String option) {
    var error =
        assertThrows(
            IllegalArgumentException.class,
            () -> new SamplingOptions(temperature, topK, topP, minP, maxTokens, List.of(), 0));
    assertTrue(String.valueOf(error.getMessage()).startsWith(option + " is "), error.getMessage());
    assertTrue(String.valueOf(error.getMessage()).contains("; it must be "), error.getMessage());
  }

  @Test
  void rejectsAnEmptyStopText() {
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> SamplingOptions.greedy(1).withStop("a", ""));
    assertTrue(String.valueOf(error.getMessage()).startsWith("`stop`"), error.getMessage());
  }

  @Test
  void acceptsTheEndsOfEveryRange() {
    assertEquals(1, new SamplingOptions(100, 0, 1, 1, 1, List.of("x"), -1).maxTokens());
    assertEquals(0, new SamplingOptions(0, 1, 1e-9, 0, 1, List.of(), 0).temperature());
  }
}
