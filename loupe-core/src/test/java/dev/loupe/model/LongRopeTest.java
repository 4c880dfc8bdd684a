package dev.loupe.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * LongRoPE: up to the first context as a model that has its short factors alone, beyond it as one
 * that has its long factors alone, whatever way a sequence is run.
 */
@Tag("oracle")
class LongRopeTest {
  private static final Path FIXTURE =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "models/phi3/model");

  private static final List<Double> SHORT = List.of(1.0, 1.1, 1.3);
  private static final List<Double> LONG = List.of(1.5, 3.0, 9.0);
  private static final double AMPLITUDE = 1.19;

  /** Beyond the 4,096 positions at which other limits often stand, as many published models are. */
  private static final int FIRST = 4100;

  private static final int CONTEXT = 16_384;

  @TempDir Path folder;

  @BeforeEach
  void requireFixture() {
    assumeTrue(Files.exists(FIXTURE), "no fixture at " + FIXTURE);
  }

  private Transformer model(String name, List<Double> divisors, List<Double> longer, int first)
      throws IOException {
    Path copy = Files.createDirectory(folder.resolve(name));
    Files.copy(FIXTURE.resolve("model.safetensors"), copy.resolve("model.safetensors"));
    ObjectNode config =
        (ObjectNode) JsonMapper.shared().readTree(FIXTURE.resolve("config.json").toFile());
    config.put("max_position_embeddings", CONTEXT).put("sliding_window", CONTEXT);
    config.put("original_max_position_embeddings", first);
    ObjectNode scaling =
        config.putObject("rope_scaling").put("type", "longrope").put("attention_factor", AMPLITUDE);
    divisors.forEach(scaling.putArray("short_factor")::add);
    longer.forEach(scaling.putArray("long_factor")::add);
    Files.writeString(copy.resolve("config.json"), config.toString());
    return ModelLoader.transformer(copy, LoadOptions.of(DType.F64));
  }

  private static int[] ids(int length) {
    return new Random(5).ints(length, 3, 100).toArray();
  }

  private static double[] last(Transformer model, int[] ids) {
    try (var cache = new KeyValueCache(model.config().layers());
        var _ = NativeScope.open()) {
      return model.unembed(model.lastHidden(TokenBatch.of(ids), Hooks.NONE, cache)).toDoubles();
    }
  }

  @Test
  void takesTheLongFactorsForAllPositionsOfALongerSequence() throws IOException {
    try (Transformer both = model("both", SHORT, LONG, FIRST);
        Transformer brief = model("short", SHORT, SHORT, CONTEXT);
        Transformer lengthy = model("long", LONG, LONG, CONTEXT)) {
      assertArrayEquals(last(brief, ids(FIRST)), last(both, ids(FIRST)), 1e-12);
      assertArrayEquals(last(lengthy, ids(FIRST + 1)), last(both, ids(FIRST + 1)), 1e-12);
      double[] other = last(brief, ids(FIRST + 1));
      assertTrue(Math.abs(other[7] - last(both, ids(FIRST + 1))[7]) > 1e-6, "factors that matter");
    }
  }

  @Test
  void eachSequenceOfABatchHasTheFactorsOfItsOwnLength() throws IOException {
    try (Transformer model = model("both", SHORT, LONG, 8);
        var _ = NativeScope.open()) {
      int[] brief = ids(6);
      int[] lengthy = ids(11);
      double[] alone = model.logits(TokenBatch.of(brief), Hooks.NONE).toDoubles();
      double[] batch =
          model
              .logits(TokenBatch.padded(List.of(brief, lengthy), 0, false), Hooks.NONE)
              .select(0, 0)
              .slice(0, 0, brief.length)
              .toDoubles();
      assertArrayEquals(alone, batch, 1e-10);
    }
  }

  /** As a text of another length is scored after it. */
  @Test
  void anEmptiedCacheServesAShorterSequence() throws IOException {
    try (Transformer model = model("both", SHORT, LONG, 8);
        var cache = new KeyValueCache(model.config().layers());
        var _ = NativeScope.open()) {
      model.lastHidden(TokenBatch.of(ids(11)), Hooks.NONE, cache);
      cache.truncate(0);
      double[] found =
          model.unembed(model.lastHidden(TokenBatch.of(ids(6)), Hooks.NONE, cache)).toDoubles();
      assertArrayEquals(last(model, ids(6)), found, 1e-12);
    }
  }

  /** A cache is filled anew where the sequence outgrows the first context. */
  @Test
  void generationAcrossTheFirstContextEqualsRunsWithoutACache() throws IOException {
    try (Transformer model = model("both", SHORT, LONG, 8)) {
      assertTrue(model.turnsAnew(8, 9));
      assertEquals(false, model.turnsAnew(7, 8));
      int[] all = ids(6);
      try (var cache = new KeyValueCache(model.config().layers())) {
        int[] next = all;
        for (int step = 0; step < 5; step++) {
          if (cache.length() > 0 && model.turnsAnew(cache.length(), cache.length() + 1)) {
            cache.truncate(0);
            next = all;
          }
          double[] cached;
          double[] plain;
          try (var _ = NativeScope.open()) {
            cached =
                model.unembed(model.lastHidden(TokenBatch.of(next), Hooks.NONE, cache)).toDoubles();
            plain =
                model.logits(TokenBatch.of(all), Hooks.NONE).select(1, all.length - 1L).toDoubles();
          }
          assertArrayEquals(plain, cached, 1e-10, "step " + step);
          next = new int[] {20 + step};
          all = Arrays.copyOf(all, all.length + 1);
          all[all.length - 1] = 20 + step;
        }
      }
    }
  }
}
