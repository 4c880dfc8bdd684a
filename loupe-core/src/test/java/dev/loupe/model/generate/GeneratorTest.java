package dev.loupe.model.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.Generation.StopReason;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class GeneratorTest {
  private static final Tokenizer TOKENIZER = TinyModel.tokenizer();

  @AfterAll
  static void close() {
    TOKENIZER.close();
  }

  @Test
  void stopsAtTheEndTokenWhichIsNoText() {
    Generation said = said("Hi, you!", SamplingOptions.greedy(50));
    assertEquals("i, you!", said.text());
    assertEquals(StopReason.END_TOKEN, said.stopReason());
    assertEquals(TinyModel.END, said.tokens().getLast().id());
    assertEquals(8, said.tokens().size());
  }

  @Test
  void stopsAfterTheMostTokens() {
    Generation said = said("Hi, you!", SamplingOptions.greedy(3));
    assertEquals("i, ", said.text());
    assertEquals(StopReason.MAX_TOKENS, said.stopReason());
  }

  @Test
  void cutsAtAStopTextThatSpansTokens() {
    Generation said = said("Hi, you!", SamplingOptions.greedy(50).withStop("xx", ", y"));
    assertEquals("i", said.text());
    assertEquals(StopReason.STOP_TEXT, said.stopReason());
    assertEquals(Optional.of(", y"), said.stopText());
  }

  @Test
  void givesOutTextThatOnlyLookedLikeAStop() {
    Generation said = said("Hi, you!", SamplingOptions.greedy(50).withStop("you?"));
    assertEquals("i, you!", said.text());
    assertEquals(StopReason.END_TOKEN, said.stopReason());
  }

  @Test
  void streamsWholeCharactersOnly() {
    String text = "Xé→😀.";
    List<String> pieces = new ArrayList<>();
    try (Transformer model = TinyModel.saying(text)) {
      Generation said =
          new Generator(model, TOKENIZER, Set.of(TinyModel.END))
              .generate(ids("X"), SamplingOptions.greedy(50), pieces::add, () -> false);
      assertEquals(text.substring(1), said.text());
    }
    assertEquals(List.of("é", "→", "😀", "."), pieces);
  }

  @Test
  void givesOutACharacterThatNeverBecameWhole() {
    Generation said = said("X→", SamplingOptions.greedy(2));
    assertEquals("\uFFFD", said.text());
  }

  @Test
  void reportsTheModelsOwnLogProbabilities() {
    Generation said = said("Hi", SamplingOptions.greedy(50));
    double expected = 20 - Math.log(Math.exp(20) + TinyModel.VOCABULARY - 1);
    assertEquals(expected, said.tokens().getFirst().logProbability(), 1e-9);
    Generation hot = said("Hi", SamplingOptions.sampling(0.1, 50, 1));
    assertEquals(expected, hot.tokens().getFirst().logProbability(), 1e-9);
  }

  @Test
  void stopsWhenTheContextIsFull() {
    try (Transformer model = TinyModel.random(1)) {
      Generation said =
          new Generator(model, TOKENIZER, Set.of())
              .generate(ids("x".repeat(60)), SamplingOptions.greedy(50), _ -> {}, () -> false);
      assertEquals(StopReason.CONTEXT_FULL, said.stopReason());
      // The last token is chosen from a full context; nothing follows it.
      assertEquals(5, said.tokens().size());
      assertEquals(4, said.timings().decodedTokens());
    }
  }

  @Test
  void stopsWhenCancelled() {
    AtomicInteger asked = new AtomicInteger();
    try (Transformer model = TinyModel.random(1)) {
      Generator generator = new Generator(model, TOKENIZER, Set.of());
      Generation said =
          generator.generate(
              ids("x"), SamplingOptions.greedy(50), _ -> {}, () -> asked.incrementAndGet() > 3);
      assertEquals(StopReason.CANCELLED, said.stopReason());
      assertEquals(3, said.tokens().size());
      Generation none =
          generator.generate(ids("x"), SamplingOptions.greedy(50), _ -> {}, () -> true);
      assertEquals(StopReason.CANCELLED, none.stopReason());
      assertTrue(none.tokens().isEmpty());
    }
  }

  @Test
  void oneSeedGivesOneText() {
    try (Transformer model = TinyModel.random(2)) {
      Generator generator = new Generator(model, TOKENIZER, Set.of());
      SamplingOptions options = SamplingOptions.sampling(1.5, 30, 5);
      String first = generator.generate(ids("seed"), options, _ -> {}, () -> false).text();
      String again = generator.generate(ids("seed"), options, _ -> {}, () -> false).text();
      String other =
          generator
              .generate(ids("seed"), SamplingOptions.sampling(1.5, 30, 6), _ -> {}, () -> false)
              .text();
      assertEquals(first, again);
      assertNotEquals(first, other);
    }
  }

  @Test
  void cachedStepsChooseAsWholeRunsDo() {
    try (Transformer model = TinyModel.random(3)) {
      int[] ids = ids("some prompt");
      int[] generated =
          new Generator(model, TOKENIZER, Set.of())
              .generate(ids, SamplingOptions.greedy(20), _ -> {}, () -> false)
              .ids();
      int[] all = ids;
      for (int token : generated) {
        assertEquals(likeliestNext(model, all), token);
        all = Arrays.copyOf(all, all.length + 1);
        all[all.length - 1] = token;
      }
    }
  }

  @Test
  void aPromptReadInPartsGivesTheSameLogProbabilities() {
    try (Transformer model = TinyModel.random(4)) {
      int[] prompt = ids("a prompt that is read in several parts");
      Generation whole =
          new Generator(model, TOKENIZER, Set.of())
              .generate(prompt, SamplingOptions.greedy(8), _ -> {}, () -> false);
      Generation parts =
          new Generator(model, TOKENIZER, Set.of(), 7)
              .generate(prompt, SamplingOptions.greedy(8), _ -> {}, () -> false);
      assertArrayEquals(whole.ids(), parts.ids());
      for (int i = 0; i < 8; i++) {
        assertEquals(
            whole.tokens().get(i).logProbability(), parts.tokens().get(i).logProbability(), 1e-5);
      }
    }
  }

  @Test
  void rejectsPromptsThatTheModelCannotRead() {
    try (Transformer model = TinyModel.random(1)) {
      Generator generator = new Generator(model, TOKENIZER, Set.of());
      assertRejected(generator, new int[0], "the prompt is empty");
      assertRejected(generator, new int[65], "65 tokens; the model's context holds 64");
      assertRejected(generator, new int[] {1, 257}, "token 257 at position 1");
      assertRejected(generator, new int[] {-1}, "token -1 at position 0");
    }
  }

  private static void assertRejected(Generator generator, int[] prompt, String message) {
    var error =
        assertThrows(
            LoupeException.class,
            () -> generator.generate(prompt, SamplingOptions.greedy(1), _ -> {}, () -> false));
    assertEquals(LoupeException.Kind.BAD_INPUT, error.kind());
    assertTrue(String.valueOf(error.getMessage()).contains(message), error.getMessage());
    assertFalse(error.remedy().isEmpty());
  }

  private static int likeliestNext(Transformer model, int[] ids) {
    try (var _ = NativeScope.open()) {
      Tensor logits = model.logits(TokenBatch.of(ids), Hooks.NONE);
      return (int) logits.select(1, ids.length - 1L).argmax(-1).item();
    }
  }

  /** What a model that says {@code text} adds to its first byte. */
  private static Generation said(String text, SamplingOptions options) {
    try (Transformer model = TinyModel.saying(text)) {
      return new Generator(model, TOKENIZER, Set.of(TinyModel.END))
          .generate(ids(text.substring(0, 1)), options, _ -> {}, () -> false);
    }
  }

  private static int[] ids(String text) {
    return TOKENIZER.ids(text, false);
  }
}
