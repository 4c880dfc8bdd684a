package dev.loupe.instrument.lens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LensTest {
  private static final String PROMPT = TinyStudy.ASKED.getFirst().text();

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Finding<LensReport> ask(LensRequest request) {
    return new Lens().ask(request, Subject.of(model, () -> ""), Run.silent(0));
  }

  /** By cutting the model itself off: every later block adds nothing. */
  @Test
  void aBlockSaysWhatTheModelWouldSayWithoutTheLaterOnes() {
    Transformer transformer = model.transformer();
    int layers = transformer.config().layers();
    LensReport report = ask(LensRequest.of(PROMPT)).answer();
    int[] ids = model.encode(PROMPT).ids();
    for (int layer = 0; layer <= layers; layer++) {
      Hooks none = Hooks.NONE;
      for (int later = layer; later < layers; later++) {
        for (Site site : new Site[] {Site.ATTN_OUT, Site.MLP_OUT}) {
          none = none.and(Hooks.replace(new Tap(site, later), out -> out.times(0)));
        }
      }
      try (var _ = NativeScope.open()) {
        Tensor cut =
            transformer
                .logits(TokenBatch.of(ids), none)
                .select(0, 0)
                .select(0, ids.length - 1L)
                .softmax(0);
        double[] probabilities = cut.toDoubles();
        LensReport.Cell cell = report.layers().get(layer).cells().getLast();
        int first = Math.toIntExact(cut.argmax(0).toLongs()[0]);
        assertEquals(model.tokenizer().tokenText(first), cell.text());
        assertEquals(probabilities[first], cell.probability(), 1e-5);
      }
    }
  }

  @Test
  void theLastBlockIsTheModel() {
    Finding<LensReport> finding = ask(LensRequest.of(PROMPT));
    assertEquals(Verdict.PASSED, finding.evidence().getFirst().verdict());
    for (LensReport.Cell cell : finding.answer().layers().getLast().cells()) {
      assertEquals(1, cell.rank());
      assertEquals(cell.probability(), cell.predicted(), 1e-9);
      assertEquals(0, cell.divergence(), 1e-6);
    }
  }

  /** Causal: what stands after a position says nothing about it. */
  @Test
  void aPositionIsReadTheSameWhateverFollows() {
    LensReport whole = ask(LensRequest.of(PROMPT)).answer();
    LensReport part = ask(new LensRequest(PROMPT, false, OptionalInt.of(3), 2)).answer();
    assertEquals(2, part.positions().size());
    assertEquals(whole.positions().subList(2, 4), part.positions());
    for (int layer = 0; layer < whole.layers().size(); layer++) {
      for (int i = 0; i < 2; i++) {
        LensReport.Cell one = whole.layers().get(layer).cells().get(2 + i);
        LensReport.Cell other = part.layers().get(layer).cells().get(i);
        assertEquals(one.text(), other.text());
        assertEquals(one.rank(), other.rank());
        assertEquals(one.probability(), other.probability(), 1e-5);
      }
    }
  }

  @Test
  void whatIsNotThereIsRefused() {
    LensRequest far = new LensRequest(PROMPT, false, OptionalInt.of(99), 2);
    assertTrue(
        assertThrows(LoupeException.class, () -> ask(far)).getMessage().contains("position 99"));
    assertThrows(LoupeException.class, () -> ask(LensRequest.of("")));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LensRequest(PROMPT, false, OptionalInt.empty(), 0));
  }
}
