package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pairs sum to the score that the model itself computes, with whatever rotation, grouped heads,
 * biases and norms of queries and keys a family has.
 */
@Tag("oracle")
class AttentionReasonsTest {
  private static final int LENGTH = 7;
  private static final int QUERY = 5;
  private static final int KEY = 2;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void pairsSumToTheModelsOwnScore(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      check(model, false);
      if (NeuronBasis.suits(model)) {
        check(model, true);
      }
    }
  }

  private static void check(Transformer model, boolean isSparse) {
    int[] ids = new Random(5).ints(LENGTH, 0, model.config().vocabulary()).toArray();
    int layer = model.config().layers() - 1;
    int head = model.config().heads() - 1;
    NeuronBasis basis = isSparse ? NeuronBasis.of(model) : null;
    try (FrozenRun run =
            basis == null
                ? FrozenRun.of(model, ids)
                : FrozenRun.of(model, ids, LocalReplacement.taps(basis));
        LocalReplacement replacement =
            basis == null ? null : LocalReplacement.of(basis, run::at, 0);
        LogitTargets targets = LogitTargets.of(model, run, LENGTH - 1, List.of())) {
      Swept swept = swept(model, run, replacement, targets);
      AttentionReason reason =
          new AttentionReasons(model, run, replacement, swept)
              .of(new AttentionQuestion(layer, head, OptionalInt.of(QUERY), OptionalInt.of(KEY)));
      Expected expected = expected(model, ids, layer, head, KEY);
      double size = Math.max(1, Math.abs(expected.score()));
      assertEquals(expected.score(), reason.score(), 1e-9 * size);
      assertEquals(expected.probability(), reason.probability(), 1e-9);
      assertTrue(reason.gap() < 1e-6, "gap " + reason.gap());
      double sum = reason.rest();
      for (AttentionReason.Pair pair : reason.pairs()) {
        sum += pair.score();
      }
      assertEquals(expected.score(), sum, 1e-4 * size);
      assertTrue(reason.pairs().size() > 3);
      assertEquals(QUERY + 1, reason.pattern().size());
      double row = reason.pattern().stream().mapToDouble(each -> each).sum();
      boolean hasSinks = model.weights().layer(layer).attention().sinks() != null;
      assertTrue(hasSinks ? row < 1 : Math.abs(row - 1) < 1e-6, "a row sums to " + row);
      assertEquals(expected.probability(), reason.pattern().get(KEY), 1e-9);
      AttentionReason.Against other = reason.against().orElseThrow();
      assertTrue(other.key() != KEY);
      double otherScore = expected(model, ids, layer, head, other.key()).score();
      assertEquals(otherScore, other.score(), 1e-9 * Math.max(1, Math.abs(otherScore)));
      // What the sources of either side add sums to the score, and to the difference of two.
      assertEquals(expected.score(), sum(reason.querySources()), 1e-4 * size);
      assertEquals(expected.score(), sum(reason.keySources()), 1e-4 * size);
      double difference = expected.score() - otherScore;
      assertEquals(difference, sum(other.querySources()), 1e-4 * size);
      assertEquals(difference, sum(other.keySources()), 1e-4 * size);
    }
  }

  private static double sum(List<AttentionReason.Part> parts) {
    return parts.stream().mapToDouble(AttentionReason.Part::score).sum();
  }

  private static Swept swept(
      Transformer model,
      FrozenRun run,
      @Nullable LocalReplacement replacement,
      LogitTargets targets) {
    return new EdgeSweep(
            model,
            run,
            replacement,
            NodeBudget.of(0.9, 30, 0),
            MassProfile.flat(model.config().layers()),
            _ -> {})
        .run(targets, LENGTH - 1);
  }

  private record Expected(double score, double probability) {}

  /** By the model's own queries, keys and pattern. */
  private static Expected expected(
      Transformer model, int[] ids, int layer, int head, int position) {
    Map<Site, double[]> seen = new EnumMap<>(Site.class);
    int keyHead = head / model.config().groupSize();
    Hooks hooks =
        Hooks.all(
            Hooks.observe(
                new Tap(Site.QUERY, layer), value -> seen.put(Site.QUERY, at(value, head, QUERY))),
            Hooks.observe(
                new Tap(Site.KEY, layer),
                value -> seen.put(Site.KEY, at(value, keyHead, position))),
            Hooks.observe(
                new Tap(Site.ATTN_PATTERN, layer),
                value -> seen.put(Site.ATTN_PATTERN, at(value, head, QUERY))));
    try (var _ = NativeScope.open()) {
      model.hidden(TokenBatch.of(ids), hooks, null);
    }
    double[] query = Objects.requireNonNull(seen.get(Site.QUERY));
    double[] key = Objects.requireNonNull(seen.get(Site.KEY));
    double score = 0;
    for (int i = 0; i < query.length; i++) {
      score += query[i] * key[i] * model.config().attention().get(layer).scale();
    }
    return new Expected(score, Objects.requireNonNull(seen.get(Site.ATTN_PATTERN))[position]);
  }

  private static double[] at(Tensor value, int head, int position) {
    return value.select(0, 0).select(0, head).select(0, position).toDoubles();
  }

  @Test
  void aHeadOrPositionThatIsNotThereIsRefused() {
    try (Transformer model =
        ModelLoader.transformer(ModelFixture.folders().getFirst(), LoadOptions.DEFAULT)) {
      for (AttentionQuestion wrong :
          List.of(
              new AttentionQuestion(99, 0, OptionalInt.empty(), OptionalInt.empty()),
              new AttentionQuestion(0, 99, OptionalInt.empty(), OptionalInt.empty()),
              new AttentionQuestion(0, 0, OptionalInt.of(LENGTH), OptionalInt.empty()),
              new AttentionQuestion(0, 0, OptionalInt.of(2), OptionalInt.of(3)))) {
        assertThrows(
            LoupeException.class,
            () -> AttentionReasons.require(model.config(), wrong, LENGTH),
            wrong.toString());
      }
    }
  }
}
