package dev.loupe.instrument.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.RandomAlmanacModel;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.instrument.study.ComponentPatching.Component;
import dev.loupe.instrument.study.ComponentPatching.Path;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups taken away and parts patched are what edits at the taps of single runs give. */
class InterventionsTest {
  private static final double TOLERANCE = 1e-6;

  @TempDir static java.nio.file.Path folder;
  private static LanguageModel model;
  private static Transformer transformer;
  private static YearTokens years;
  private static List<YearPrompt> prompts;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder);
    transformer = model.transformer();
    years = YearTokens.of(model.tokenizer());
    prompts =
        List.of(
            TinyStudy.prompt(model, "war", 12),
            TinyStudy.prompt(model, "grand old siege", 55),
            TinyStudy.prompt(model, "voyage", 90));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static YearTokens.Score score(YearPrompt prompt, Hooks hooks, int... ids) {
    try (var _ = NativeScope.open()) {
      Tensor logits = transformer.logits(TokenBatch.of(ids), hooks).select(0, 0);
      return years.score(logits.select(0, ids.length - 1L).softmax(0).toFloats(), prompt.year());
    }
  }

  private static void assertEqual(YearTokens.Score expected, YearTokens.Score actual) {
    assertEquals(expected.difference(), actual.difference(), TOLERANCE);
    assertEquals(expected.sharpness(), actual.sharpness(), TOLERANCE);
  }

  @Test
  void nothingTakenAwayIsTheModel() {
    List<YearTokens.Score> scores =
        new GroupAblation(transformer, NeuronBasis.of(transformer), years)
            .without(List.of(), prompts);
    for (int i = 0; i < prompts.size(); i++) {
      assertEqual(score(prompts.get(i), Hooks.NONE, prompts.get(i).ids()), scores.get(i));
    }
  }

  @Test
  void aGroupTakenAwayIsNeuronsSetToZeroAtTheEnd() {
    List<FeatureId> group = List.of(new FeatureId(0, 3), new FeatureId(0, 60), new FeatureId(2, 7));
    List<YearTokens.Score> scores =
        new GroupAblation(transformer, NeuronBasis.of(transformer), years).without(group, prompts);
    double largest = 0;
    for (int i = 0; i < prompts.size(); i++) {
      YearPrompt prompt = prompts.get(i);
      Hooks hooks = Hooks.NONE;
      for (FeatureId unit : group) {
        hooks =
            hooks.and(
                Hooks.replace(
                    new Tap(Site.MLP_POST, unit.layer()),
                    value -> {
                      Tensor changed = value.copy();
                      changed
                          .select(1, prompt.end())
                          .slice(1, unit.feature(), unit.feature() + 1L)
                          .fillInPlace(0);
                      return changed;
                    }));
      }
      YearTokens.Score direct = score(prompt, hooks, prompt.ids());
      assertEqual(direct, scores.get(i));
      double unchanged = score(prompt, Hooks.NONE, prompt.ids()).difference();
      largest = Math.max(largest, Math.abs(direct.difference() - unchanged));
    }
    assertTrue(largest > 10 * TOLERANCE, "nothing changed");
  }

  @Test
  void aHeadPatchedIsWhatItHasAfterTheEarliestYear() {
    Map<Path, double[]> changes = changes(new Component(1, 1));
    for (int i = 0; i < prompts.size(); i++) {
      YearPrompt prompt = prompts.get(i);
      Tap mix = new Tap(Site.HEAD_MIX, 1);
      AtomicReference<Tensor> kept = new AtomicReference<>();
      score(prompt, Hooks.observe(mix, value -> kept.set(value.copy().retain())), prompt.dummy());
      try (Tensor dummy = kept.get()) {
        Hooks hooks =
            Hooks.replace(
                mix,
                value -> {
                  Tensor changed = value.copy();
                  changed.select(1, 1).copyInPlace(dummy.select(1, 1));
                  return changed;
                });
        assertEquals(
            score(prompt, hooks, prompt.ids()).difference()
                - score(prompt, Hooks.NONE, prompt.ids()).difference(),
            change(changes, Path.ALL)[i],
            TOLERANCE);
      }
    }
  }

  /** The part of a head's change that goes straight on is added to the last stream. */
  @Test
  void theDirectPathAddsTheChangeToTheLastStream() {
    Map<Path, double[]> changes = changes(new Component(0, 0));
    YearPrompt prompt = prompts.getFirst();
    Tap out = new Tap(Site.HEAD_OUT, 0);
    AtomicReference<Tensor> dummy = new AtomicReference<>();
    AtomicReference<Tensor> clean = new AtomicReference<>();
    score(prompt, Hooks.observe(out, value -> dummy.set(value.copy().retain())), prompt.dummy());
    score(prompt, Hooks.observe(out, value -> clean.set(value.copy().retain())), prompt.ids());
    try (Tensor from = clean.get();
        Tensor to = dummy.get()) {
      Hooks hooks =
          Hooks.replace(
              new Tap(Site.RESID_POST, RandomAlmanacModel.LAYERS - 1),
              value -> value.plus(to.select(1, 0)).minus(from.select(1, 0)));
      assertEquals(
          score(prompt, hooks, prompt.ids()).difference()
              - score(prompt, Hooks.NONE, prompt.ids()).difference(),
          change(changes, Path.DIRECT)[0],
          TOLERANCE);
    }
  }

  @Test
  void aboveTheLastPartsThereIsOnePath() {
    int last = RandomAlmanacModel.LAYERS - 1;
    Map<Path, double[]> mlp = changes(new Component(last, -1));
    assertArrayEquals(change(mlp, Path.ALL), change(mlp, Path.DIRECT), TOLERANCE);
    assertArrayEquals(change(mlp, Path.ALL), change(mlp, Path.THROUGH_MLPS), TOLERANCE);
    Map<Path, double[]> head = changes(new Component(last, 0));
    assertArrayEquals(change(head, Path.ALL), change(head, Path.THROUGH_MLPS), TOLERANCE);
  }

  private static double[] change(Map<Path, double[]> changes, Path path) {
    return changes.getOrDefault(path, new double[0]);
  }

  private static Map<Path, double[]> changes(Component component) {
    ComponentPatching patching = new ComponentPatching(transformer, years);
    return patching.run(prompts, _ -> {}).get(patching.components().indexOf(component));
  }
}
