package dev.loupe.model.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.loupe.model.Hooks;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("oracle")
class RecordingTest {
  private static final int[] IDS = {5, 9, 3, 17, 2, 8};

  static List<Path> folders() {
    return ModelFixture.folders();
  }

  private static Set<Tap> taps(Transformer model) {
    Set<Tap> taps = new HashSet<>();
    for (int layer = 0; layer < model.config().layers(); layer++) {
      for (Site site : Site.values()) {
        taps.add(site.once() ? Tap.of(site) : new Tap(site, layer));
      }
    }
    return taps;
  }

  @ParameterizedTest
  @MethodSource("folders")
  void ownsWhatItKeepsAndNothingWhenThePassThrows(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      long before = Engine.retainedTensors();
      Set<Tap> taps = taps(model);
      Tap last = new Tap(Site.RESID_POST, model.config().layers() - 1);
      TokenBatch tokens = TokenBatch.of(IDS);
      try (Recording run = Recording.of(taps, hooks -> model.hidden(tokens, hooks, null))) {
        assertEquals(before + run.taps().size(), Engine.retainedTensors());
        assertEquals(IDS.length, run.at(last).size(0));
      }
      assertEquals(before, Engine.retainedTensors());
      Hooks failing =
          Hooks.observe(
              last,
              _ -> {
                throw new IllegalStateException("in the middle");
              });
      assertThrows(
          IllegalStateException.class,
          () -> Recording.of(taps, hooks -> model.hidden(tokens, hooks.and(failing), null)));
      assertEquals(before, Engine.retainedTensors());
    }
  }

  /** A run that holds what it would have had anyway is the same run, in a batch too. */
  @ParameterizedTest
  @MethodSource("folders")
  void holdingARunAtItsOwnValuesChangesNothing(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        FrozenRun run = FrozenRun.of(model, IDS, patterns(model));
        var _ = NativeScope.open()) {
      FrozenLinear linear = new FrozenLinear(model, run);
      Hooks hooks = Held.patterns(run.recording()).and(Held.norms(run.recording()));
      for (int layer = 0; layer < model.config().layers(); layer++) {
        Tensor gain = linear.neurons(layer, model.weights().layer(layer)).gain();
        hooks = hooks.and(Held.gains(run.recording(), layer, () -> gain));
      }
      Tensor held = model.hidden(TokenBatch.of(new int[][] {IDS, IDS}), hooks, null);
      double[] expected = run.finalHidden().toDoubles();
      for (int row = 0; row < 2; row++) {
        assertArrayEquals(expected, held.select(0, row).toDoubles(), 1e-9);
      }
    }
  }

  private static Set<Tap> patterns(Transformer model) {
    Set<Tap> taps = taps(model);
    taps.removeIf(tap -> tap.site() != Site.ATTN_PATTERN);
    return taps;
  }

  @ParameterizedTest
  @MethodSource("folders")
  void saysWhatItWasNotAskedFor(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        Recording run =
            Recording.of(
                List.of(new Tap(Site.RESID_PRE, 0)),
                hooks -> model.observe(TokenBatch.of(IDS), hooks))) {
      Tap other = new Tap(Site.RESID_POST, 0);
      assertNull(run.find(other));
      assertThrows(IllegalStateException.class, () -> run.at(other));
    }
  }
}
