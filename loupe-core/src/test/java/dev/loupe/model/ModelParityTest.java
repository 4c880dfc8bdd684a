package dev.loupe.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Every model fixture, against the float64 reference of the same weights. */
@Tag("oracle")
class ModelParityTest {
  /** In float64 nothing but the order of additions differs. */
  private static final double DOUBLE = 1e-10;

  static List<ModelFixture> fixtures() {
    return ModelFixture.all();
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void meetsTheReferenceInFloat32(ModelFixture fixture) {
    // Five times what transformers itself deviates in float32, as the fixtures' README states.
    run(fixture, DType.F32, new Tolerances(1e-4, 2e-5, 2e-4, 5e-5, 1e-5));
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void meetsTheReferenceInFloat64(ModelFixture fixture) {
    run(fixture, DType.F64, new Tolerances(DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE));
  }

  private record Tolerances(
      double stream, double attention, double mlp, double gradient, double loss) {}

  private static void run(ModelFixture fixture, DType dtype, Tolerances tolerances) {
    try (Transformer model = fixture.open(dtype);
        Safetensors expected = fixture.tensors()) {
      JsonNode sequences = fixture.json().get("sequences");
      for (int k = 0; k < sequences.size(); k++) {
        try (var _ = NativeScope.open()) {
          check(model, sequences.get(k), expected, "s" + k + ".", tolerances);
        }
      }
    }
  }

  private static void check(
      Transformer model,
      JsonNode sequence,
      Safetensors expected,
      String prefix,
      Tolerances tolerances) {
    int[] ids = ModelFixture.ints(sequence.get("ids"));
    TokenBatch tokens = TokenBatch.of(ids);
    int layers = model.config().layers();
    SortedMap<Tap, double[]> seen =
        new TreeMap<>(
            (a, b) -> a.site() == b.site() ? a.layer() - b.layer() : a.site().compareTo(b.site()));
    Hooks hooks = Hooks.NONE;
    List<Tap> taps = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      taps.add(new Tap(Site.RESID_PRE, layer));
      taps.add(new Tap(Site.ATTN_PATTERN, layer));
      taps.add(new Tap(Site.MLP_POST, layer));
      if (model.config().mixtures().containsKey(layer)) {
        taps.add(new Tap(Site.ROUTER_LOGITS, layer));
        taps.add(new Tap(Site.ROUTER_WEIGHTS, layer));
        taps.add(new Tap(Site.MLP_OUT, layer));
      }
    }
    taps.add(new Tap(Site.RESID_POST, layers - 1));
    for (Tap tap : taps) {
      hooks = hooks.and(Hooks.observe(tap, value -> seen.put(tap, value.toDoubles())));
    }
    Tensor embedded = model.embed(tokens).requiringGradient();
    Tensor hidden = model.hidden(embedded, tokens, hooks, null);
    Tensor logits = model.unembed(hidden);
    Tensor loss = loss(logits, ids);
    loss.backward();

    close(expected, prefix + "hidden_states", joined(seen, Site.RESID_PRE), tolerances.stream());
    close(expected, prefix + "attentions", joined(seen, Site.ATTN_PATTERN), tolerances.attention());
    SortedMap<Tap, double[]> dense = new TreeMap<>(seen);
    dense.keySet().removeIf(tap -> model.config().mixtures().containsKey(tap.layer()));
    close(expected, prefix + "mlp_hidden", joined(dense, Site.MLP_POST), tolerances.mlp());
    if (!model.config().mixtures().isEmpty()) {
      mixtures(model.config(), ids.length, seen, expected, prefix, tolerances);
    }
    close(expected, prefix + "resid_final", joined(seen, Site.RESID_POST), tolerances.stream());
    close(expected, prefix + "final_hidden", hidden.toDoubles(), tolerances.stream());
    close(expected, prefix + "logits", logits.toDoubles(), tolerances.stream());
    assertEquals(sequence.get("loss").doubleValue(), loss.item(), tolerances.loss(), "loss");
    // Gemma 3's embedding module scales its rows itself, so there the reference is by the scaled.
    double first = embedded.select(0, 0).select(0, 0).select(0, 0).item();
    boolean unscaled =
        expected
            .find(prefix + "inputs_embeds")
            .map(given -> Math.abs(ModelFixture.doubles(given)[0] / first - 1) < 1e-3)
            .orElse(true);
    double factor = unscaled ? 1 : model.config().embeddingScale();
    close(
        expected,
        prefix + "inputs_embeds",
        embedded.times(factor).toDoubles(),
        tolerances.stream());
    close(
        expected,
        prefix + "grad_inputs_embeds",
        embedded.gradient().times(1 / factor).toDoubles(),
        tolerances.gradient());
  }

  /** The experts chosen, their weights and neurons, and what all of them write. */
  private static void mixtures(
      ModelConfig config,
      int length,
      SortedMap<Tap, double[]> seen,
      Safetensors expected,
      String prefix,
      Tolerances tolerances) {
    close(
        expected, prefix + "router_logits", joined(seen, Site.ROUTER_LOGITS), tolerances.stream());
    close(expected, prefix + "moe_out", joined(seen, Site.MLP_OUT), tolerances.stream());
    double[] indices = ModelFixture.doubles(expected.get(prefix + "expert_index"));
    double[] weights = ModelFixture.doubles(expected.get(prefix + "expert_weight"));
    double[] hidden = ModelFixture.doubles(expected.get(prefix + "expert_hidden"));
    boolean isShared = expected.find(prefix + "shared_gate").isPresent();
    double[] gates =
        isShared ? ModelFixture.doubles(expected.get(prefix + "shared_gate")) : weights;
    double[] shared =
        isShared ? ModelFixture.doubles(expected.get(prefix + "shared_hidden")) : weights;
    int at = 0;
    int cell = 0;
    for (int layer : new TreeMap<>(config.mixtures()).keySet()) {
      ModelConfig.MixtureShape shape = Objects.requireNonNull(config.mixtures().get(layer));
      double[] given = new double[length * shape.weights()];
      double[] posts = new double[length * shape.units()];
      for (int position = 0; position < length; position++) {
        for (int k = 0; k < shape.chosen(); k++) {
          int expert = (int) indices[at];
          given[position * shape.weights() + expert] = weights[at];
          for (int i = 0; i < shape.width(); i++) {
            posts[position * shape.units() + shape.firstUnit(expert) + i] =
                weights[at] * hidden[at * shape.width() + i];
          }
          at++;
        }
        if (isShared) {
          given[position * shape.weights() + shape.experts()] = gates[cell];
          for (int i = 0; i < shape.sharedWidth(); i++) {
            posts[position * shape.units() + shape.firstUnit(shape.experts()) + i] =
                gates[cell] * shared[cell * shape.sharedWidth() + i];
          }
        }
        cell++;
      }
      String where = prefix + "layer " + layer;
      same(
          where + " weights",
          given,
          Objects.requireNonNull(seen.get(new Tap(Site.ROUTER_WEIGHTS, layer))),
          tolerances.attention());
      same(
          where + " neurons",
          posts,
          Objects.requireNonNull(seen.get(new Tap(Site.MLP_POST, layer))),
          tolerances.mlp());
    }
  }

  private static Tensor loss(Tensor logits, int[] ids) {
    int steps = ids.length - 1;
    long[] next = new long[steps];
    for (int t = 0; t < steps; t++) {
      next[t] = ids[t + 1];
    }
    return logits
        .slice(1, 0, steps)
        .logSoftmax(-1)
        .gather(2, Tensor.of(next, 1, steps, 1))
        .sum()
        .times(-1.0 / steps);
  }

  private static double[] joined(SortedMap<Tap, double[]> seen, Site site) {
    return seen.entrySet().stream()
        .filter(entry -> entry.getKey().site() == site)
        .flatMapToDouble(entry -> Arrays.stream(entry.getValue()))
        .toArray();
  }

  /**
   * Holds what was got against the reference; a fixture may give only part of it, but logits
   * always.
   */
  static void close(Safetensors expected, String name, double[] got, double tolerance) {
    if (expected.find(name).isEmpty() && !name.endsWith("logits")) {
      return;
    }
    same(name, ModelFixture.doubles(expected.get(name)), got, tolerance);
  }

  private static void same(String name, double[] wanted, double[] got, double tolerance) {
    assertEquals(wanted.length, got.length, name + ": number of values");
    double largest = 0;
    for (int i = 0; i < wanted.length; i++) {
      double difference = Math.abs(wanted[i] - got[i]);
      largest = Math.max(largest, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
    }
    assertTrue(largest <= tolerance, name + ": off by " + largest + ", tolerance " + tolerance);
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void continuesGreedilyAsTheReferenceWithAndWithoutCache(ModelFixture fixture) {
    try (Transformer model = fixture.open(DType.F32)) {
      for (JsonNode sequence : fixture.json().get("sequences")) {
        int[] ids = ModelFixture.ints(sequence.get("ids"));
        int[] wanted = ModelFixture.ints(sequence.get("greedy"));
        assertArrayEquals(wanted, withoutCache(model, ids, wanted.length), "without a cache");
        assertArrayEquals(wanted, withCache(model, ids, wanted.length), "with a cache");
      }
    }
  }

  private static int[] withoutCache(Transformer model, int[] ids, int count) {
    int[] all = Arrays.copyOf(ids, ids.length + count);
    for (int i = ids.length; i < all.length; i++) {
      try (var _ = NativeScope.open()) {
        int[] sofar = Arrays.copyOf(all, i);
        all[i] = best(model.logits(TokenBatch.of(sofar), Hooks.NONE));
      }
    }
    return Arrays.copyOfRange(all, ids.length, all.length);
  }

  static int[] withCache(Transformer model, int[] ids, int count) {
    int[] chosen = new int[count];
    try (var cache = new KeyValueCache(model.config().layers())) {
      int[] next = ids;
      for (int i = 0; i < count; i++) {
        try (var _ = NativeScope.open()) {
          chosen[i] = best(model.unembed(model.hidden(TokenBatch.of(next), Hooks.NONE, cache)));
        }
        next = new int[] {chosen[i]};
      }
    }
    return chosen;
  }

  private static int best(Tensor logits) {
    return (int) logits.select(1, logits.size(1) - 1L).argmax(-1).item();
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void givesPaddedBatchesTheLogitsOfSingleRuns(ModelFixture fixture) {
    JsonNode json = fixture.json();
    assumeTrue(json.has("padded"), "no padded batches in " + fixture);
    List<int[]> ids = new ArrayList<>();
    json.get("sequences").forEach(sequence -> ids.add(ModelFixture.ints(sequence.get("ids"))));
    int padding = json.get("padded").get("pad_id").intValue();
    for (DType dtype : List.of(DType.F32, DType.F64)) {
      try (Transformer model = fixture.open(dtype);
          Safetensors expected = fixture.tensors()) {
        for (String side : List.of("right", "left")) {
          TokenBatch batch = TokenBatch.padded(ids, padding, side.equals("left"));
          try (var _ = NativeScope.open()) {
            double[] logits = model.logits(batch, Hooks.NONE).toDoubles();
            silence(logits, batch, model.config().vocabulary());
            close(expected, side + ".logits", logits, dtype == DType.F64 ? DOUBLE : 1e-4);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void refusesMorePositionsThanWereLearned(ModelFixture fixture) {
    try (Transformer model = fixture.open(DType.F32)) {
      assumeTrue(model.has(Site.POSITION_EMBEDDING), "no learned positions in " + fixture);
      int context = model.config().context();
      try (var _ = NativeScope.open()) {
        model.hidden(TokenBatch.of(new int[context]), Hooks.NONE, null);
        LoupeException refused =
            assertThrows(
                LoupeException.class,
                () -> model.hidden(TokenBatch.of(new int[context + 1]), Hooks.NONE, null));
        assertTrue(
            String.valueOf(refused.getMessage()).contains("the %,d positions".formatted(context)),
            refused.getMessage());
      }
    }
  }

  /** The reference is zero where the batch is padded. */
  private static void silence(double[] logits, TokenBatch batch, int vocabulary) {
    for (int row = 0; row < batch.size() * batch.length(); row++) {
      if (!batch.isLive(row / batch.length(), row % batch.length())) {
        Arrays.fill(logits, row * vocabulary, (row + 1) * vocabulary, 0);
      }
    }
  }
}
