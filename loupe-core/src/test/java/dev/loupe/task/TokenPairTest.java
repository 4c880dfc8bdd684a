package dev.loupe.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Pairs in tokens, and what no pair may be. */
class TokenPairTest {
  private static final String WORDS =
      """
      {"model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3}, "unk_token": "a"},
       "pre_tokenizer": {"type": "WhitespaceSplit"}}
      """;

  private static LoupeException refused(TaskPair pair, Metric metric) {
    try (Tokenizer tokenizer = Tokenizer.parse(WORDS, "words")) {
      return assertThrows(
          LoupeException.class, () -> TokenPair.of(pair, metric, tokenizer, "here:1"));
    }
  }

  @Test
  void readsPromptsAnswersAndFoils() {
    TaskPair pair = new TaskPair("a b", Optional.of("a c"), List.of(" c d"), List.of(" d"), false);
    try (Tokenizer tokenizer = Tokenizer.parse(WORDS, "words")) {
      TokenPair tokens = TokenPair.of(pair, Metric.LOGIT_DIFFERENCE, tokenizer, "here:1");
      assertArrayEquals(new int[] {0, 1}, tokens.clean());
      assertArrayEquals(new int[] {0, 2}, tokens.twin());
      assertArrayEquals(new int[] {2}, tokens.answers());
      assertArrayEquals(new int[] {3}, tokens.foils());
    }
  }

  @Test
  void twinsOfUnequalLengthAreRefusedWithBothLengths() {
    LoupeException thrown =
        refused(TaskPair.of("a b", "a b c", " c", " d"), Metric.LOGIT_DIFFERENCE);
    assertEquals(
        "here:1: the clean prompt has 2 tokens and its corrupted twin 3", thrown.getMessage());
  }

  @Test
  void anAnswerThatMeltsIntoThePromptIsRefused() {
    LoupeException thrown = refused(TaskPair.of("a b", "a c", "c", " d"), Metric.LOGIT_DIFFERENCE);
    assertTrue(thrown.getMessage().contains("no token of its own"), thrown.getMessage());
  }

  @Test
  void aFoilThatBeginsAsTheAnswerIsRefused() {
    LoupeException thrown =
        refused(TaskPair.of("a b", "a c", " c a", " c b"), Metric.LOGIT_DIFFERENCE);
    assertTrue(thrown.getMessage().contains("begin with the same token"), thrown.getMessage());
  }

  @Test
  void aMetricOfFoilsNeedsThem() {
    TaskPair pair = new TaskPair("a b", Optional.empty(), List.of(" c"), List.of(), false);
    LoupeException thrown = refused(pair, Metric.PROBABILITY_DIFFERENCE);
    assertTrue(thrown.getMessage().contains("there is no foil"), thrown.getMessage());
  }
}
