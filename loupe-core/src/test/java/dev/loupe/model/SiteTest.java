package dev.loupe.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every named place can be read and rewritten in every family that has it. */
@Tag("oracle")
class SiteTest {
  private static final int CHANGED_FROM = 3;
  private static final int[] IDS = {5, 9, 3, 17, 2, 8};

  static List<Path> folders() {
    return ModelFixture.folders();
  }

  @ParameterizedTest
  @MethodSource("folders")
  void isVisitedWhereTheFamilyHasItAndChangesLogitsOnlyFromThereOn(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      double[] plain = logits(model, Hooks.NONE);
      for (Site site : Site.values()) {
        Tap tap = new Tap(site, 0);
        List<Site> visited = new ArrayList<>();
        double[] same =
            logits(
                model,
                Hooks.replace(
                    tap,
                    value -> {
                      visited.add(site);
                      return value.copy();
                    }));
        assertEquals(model.has(site), !visited.isEmpty(), site + " visited");
        assertArrayEquals(plain, same, 1e-9, site + " replaced by itself");
        if (model.has(site)) {
          double[] changed = logits(model, Hooks.replace(tap, value -> perturbed(site, value)));
          assertChangesFrom(CHANGED_FROM, plain, changed, site.toString());
        }
      }
    }
  }

  private static double[] logits(Transformer model, Hooks hooks) {
    try (var _ = NativeScope.open()) {
      return model.logits(TokenBatch.of(IDS), hooks).toDoubles();
    }
  }

  /** Changed, unevenly along the last axis, from a position on. */
  private static Tensor perturbed(Site site, Tensor value) {
    int axis =
        switch (site) {
          case QUERY, KEY, VALUE, ATTN_PATTERN, HEAD_MIX, HEAD_OUT -> 2;
          default -> 1;
        };
    Tensor kept = value.slice(axis, 0, CHANGED_FROM);
    Tensor late = value.slice(axis, CHANGED_FROM, value.size(axis));
    double[] bumps = new double[(int) late.count()];
    for (int i = 0; i < bumps.length; i++) {
      bumps[i] = 1 + 0.3 * Math.sin(i + 1);
    }
    Tensor changed = late.times(Tensor.of(bumps, late.shape()));
    if (site != Site.ATTN_PATTERN && value.size(-1 + value.rank()) > 1) {
      changed = changed.plus(Tensor.of(bumps, late.shape()).times(0.1));
    }
    return Tensor.cat(List.of(kept, changed), axis);
  }

  private static void assertChangesFrom(int from, double[] plain, double[] changed, String what) {
    int vocabulary = plain.length / IDS.length;
    for (int position = 0; position < IDS.length; position++) {
      double largest = 0;
      for (int i = position * vocabulary; i < (position + 1) * vocabulary; i++) {
        largest = Math.max(largest, Math.abs(plain[i] - changed[i]));
      }
      if (position < from) {
        assertEquals(0, largest, 1e-9, what + " at earlier position " + position);
      } else if (position == IDS.length - 1) {
        assertTrue(largest > 1e-7, what + " has no effect");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void anObservedRunShowsTheSameAndEndsWhereNobodyListensAnyMore(Path folder) {
    try (Transformer whole = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      Set<Integer> used = new TreeSet<>();
      Transformer model = new Transformer(whole.config(), noting(whole.weights(), used));
      for (Site site : Site.values()) {
        for (int layer = 0; layer < (site.once() ? 1 : whole.config().layers()); layer++) {
          Tap tap = new Tap(site, layer);
          List<double[]> seen = new ArrayList<>();
          Hooks hooks = Hooks.observe(tap, value -> seen.add(value.toDoubles()));
          logits(whole, hooks);
          used.clear();
          model.observe(TokenBatch.of(IDS), hooks);
          assertEquals(whole.has(tap) ? 2 : 0, seen.size(), tap.toString());
          if (!seen.isEmpty()) {
            assertArrayEquals(seen.get(0), seen.get(1), 1e-12, tap.toString());
          }
          boolean atEnd = site == Site.FINAL_NORM_SCALE || site == Site.FINAL_HIDDEN;
          int blocks = atEnd ? whole.config().layers() : site.once() ? 0 : layer + 1;
          assertEquals(blocks, used.size(), "blocks run for " + tap);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void theLastPositionAloneIsThatOfAWholeRun(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        var _ = NativeScope.open()) {
      int layers = model.config().layers();
      List<Hooks> all = new ArrayList<>(List.of(Hooks.NONE));
      for (int layer : new int[] {0, layers - 1}) {
        all.add(Hooks.replace(new Tap(Site.MLP_OUT, layer), value -> value.times(0.5)));
      }
      for (Hooks hooks : all) {
        double[] whole = last(model.hidden(TokenBatch.of(IDS), hooks, null));
        try (KeyValueCache cache = new KeyValueCache(layers);
            KeyValueCache continued = new KeyValueCache(layers)) {
          assertArrayEquals(
              whole, model.lastHidden(TokenBatch.of(IDS), hooks, cache).toDoubles(), 1e-9);
          model.lastHidden(TokenBatch.of(Arrays.copyOf(IDS, 2)), hooks, continued);
          TokenBatch rest = TokenBatch.of(Arrays.copyOfRange(IDS, 2, IDS.length));
          assertArrayEquals(whole, model.lastHidden(rest, hooks, continued).toDoubles(), 1e-9);
          assertEquals(IDS.length, continued.length());
          TokenBatch next = TokenBatch.of(new int[] {4});
          assertArrayEquals(
              model.hidden(next, hooks, cache).toDoubles(),
              model.hidden(next, hooks, continued).toDoubles(),
              1e-9);
        }
      }
    }
  }

  private static double[] last(Tensor hidden) {
    return hidden.slice(1, IDS.length - 1L, IDS.length).toDoubles();
  }

  /** The same weights, noting which blocks are asked for. */
  private static ModelWeights noting(ModelWeights weights, Set<Integer> used) {
    return new ModelWeights() {
      @Override
      public Ends ends() {
        return weights.ends();
      }

      @Override
      public Layer layer(int layer) {
        used.add(layer);
        return weights.layer(layer);
      }

      @Override
      public void close() {
        weights.close();
      }
    };
  }

  @ParameterizedTest
  @MethodSource("folders")
  void headOutputsAddUpToTheAttentionOutput(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        var _ = NativeScope.open()) {
      if (model.has(Site.ATTN_POST_NORM_SCALE)) {
        return; // what is added is normed after the sum of the heads
      }
      List<double[]> seen = new ArrayList<>();
      ModelWeights.Linear output = model.weights().layer(0).attention().output();
      model.logits(
          TokenBatch.of(IDS),
          Hooks.observe(
                  new Tap(Site.HEAD_OUT, 0),
                  heads -> {
                    Tensor sum = heads.sum(false, 1);
                    Tensor bias = output.bias();
                    seen.add((bias == null ? sum : sum.plus(bias)).toDoubles());
                  })
              .and(Hooks.observe(new Tap(Site.ATTN_OUT, 0), out -> seen.add(out.toDoubles()))));
      double[] plain = plainAttentionOutput(model);
      assertEquals(2, seen.size());
      assertArrayEquals(plain, seen.get(0), 1e-10);
      assertArrayEquals(plain, seen.get(1), 1e-10);
      assertFalse(Arrays.stream(plain).allMatch(v -> v == 0));
    }
  }

  private static double[] plainAttentionOutput(Transformer model) {
    List<double[]> seen = new ArrayList<>();
    model.logits(
        TokenBatch.of(IDS),
        Hooks.observe(new Tap(Site.ATTN_OUT, 0), out -> seen.add(out.toDoubles())));
    return seen.getFirst();
  }
}
