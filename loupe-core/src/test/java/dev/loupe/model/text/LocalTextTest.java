package dev.loupe.model.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalTextTest {
  private static final String PROMPT = "The war lasted from the year 1742 to the year";

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder, DType.F32);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Continuation continuation(String prompt, String text) {
    return new Continuation(Prompt.of(prompt), text);
  }

  /** The same by one whole forward pass. */
  private static double plainly(Continuation each) {
    LocalText.Scored text = new LocalText(model).tokens(each);
    try (var _ = NativeScope.open()) {
      Tensor logits =
          model.transformer().logits(TokenBatch.of(text.ids()), Hooks.NONE).to(DType.F64);
      Tensor log = logits.logSoftmax(-1).select(0, 0);
      double sum = 0;
      for (int t = text.from(); t < text.ids().length; t++) {
        sum += log.select(0, t - 1L).select(0, text.ids()[t]).item();
      }
      return sum;
    }
  }

  @Test
  void sharedBeginningsChangeNoScoreAndSavePositions() {
    List<Continuation> texts = new ArrayList<>();
    for (String word : List.of("war", "year", "lasted")) {
      texts.add(continuation(PROMPT.replaceFirst(word + " ", ""), " 1756"));
      texts.add(continuation(PROMPT, " 1742 " + word));
    }
    texts.add(texts.getFirst());
    LocalText shared = new LocalText(model, true, 0);
    List<TextScore> beside = new LocalText(model, true, 1000).score(texts, _ -> {});
    LocalText alone = new LocalText(model).withoutSharing();
    List<TextScore> scores = shared.score(texts, _ -> {});
    List<TextScore> plain = alone.score(texts, _ -> {});
    for (int i = 0; i < texts.size(); i++) {
      // float32 sums in another order
      assertEquals(plainly(texts.get(i)), scores.get(i).sum(), 1e-4);
      assertEquals(plain.get(i).sum(), scores.get(i).sum(), 1e-4);
      assertEquals(plain.get(i).sum(), beside.get(i).sum(), 1e-4);
    }
    assertTrue(shared.positionsRun() < 0.8 * alone.positionsRun());
  }

  @Test
  void anEmptyPromptIsScoredAfterTheTokenThatBeginsAText() {
    boolean begins = model.boundaries().begin().isPresent() || model.boundaries().end().isPresent();
    LocalText text = new LocalText(model);
    if (begins) {
      assertTrue(text.score(List.of(continuation("", "The war")), _ -> {}).getFirst().sum() < 0);
    } else {
      LoupeException error =
          assertThrows(
              LoupeException.class,
              () -> text.score(List.of(continuation("", "The war")), _ -> {}));
      assertTrue(error.remedy().contains("`fixed`"), error.remedy());
    }
  }

  @Test
  void whatCannotBeScoredIsToldWithARemedy() {
    LocalText text = new LocalText(model);
    for (Continuation each :
        List.of(continuation(PROMPT, ""), continuation("war ".repeat(5000), " 17"))) {
      LoupeException error =
          assertThrows(
              LoupeException.class,
              () -> text.score(List.of(each), _ -> {}),
              () -> each.text() + " after " + each.prompt().toString().length());
      assertTrue(!error.remedy().isBlank());
    }
  }
}
