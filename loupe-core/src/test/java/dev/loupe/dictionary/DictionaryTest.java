package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DictionaryTest {
  private static final Place MLP = Place.parse("mlp_in.0");
  private static final Place RESIDUAL = Place.parse("resid_post.0");

  private static Stream<Selection> selections() {
    return Stream.of(
        new Selection.Relu(),
        new RandomDictionary(5, DType.F32).jumpRelu(),
        new Selection.TopK(7),
        new Selection.BatchTopK(7, 0.75));
  }

  /** The definition, densely and in float64. */
  private static double[] dense(double[] pre, Selection selection) {
    double[] result = new double[pre.length];
    double[] sorted = pre.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < pre.length; i++) {
      double bound =
          switch (selection) {
            case Selection.Relu _ -> 0;
            case Selection.JumpRelu(var each) -> each.toFloats()[i];
            case Selection.BatchTopK(int _, double threshold) -> threshold;
            case Selection.TopK(int k, boolean _) ->
                Math.max(0, Math.nextDown(sorted[sorted.length - k]));
          };
      result[i] = pre[i] > bound ? pre[i] : 0;
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("selections")
  void sparseEncodingEqualsTheDenseDefinition(Selection selection) {
    for (DType stored : new DType[] {DType.F32, DType.BF16, DType.F16}) {
      for (boolean centred : new boolean[] {false, true}) {
        try (var _ = NativeScope.open()) {
          RandomDictionary random = new RandomDictionary(3, stored);
          Dictionary dictionary =
              RandomDictionary.of(random.layer(RESIDUAL, centred, selection, false))
                  .computingIn(DType.F64);
          Tensor input = random.input(9).to(DType.F64);
          double[] pre = dictionary.preActivations(0, input).toDoubles();
          double[] active = dictionary.encode(0, input).dense(DType.F64).toDoubles();
          int features = RandomDictionary.FEATURES;
          for (int position = 0; position < 9; position++) {
            int from = position * features;
            assertArrayEquals(
                dense(Arrays.copyOfRange(pre, from, from + features), selection),
                Arrays.copyOfRange(active, from, from + features));
          }
          int[] some = {0, 3, features - 1};
          double[] activations = dictionary.activations(0, input, some);
          for (int i = 0; i < activations.length; i++) {
            assertEquals(active[i / 3 * features + some[i % 3]], activations[i], 1e-12);
          }
        }
      }
    }
  }

  @Test
  void preActivationsAreRowsTimesInputPlusBiases() {
    for (boolean centred : new boolean[] {false, true}) {
      try (var _ = NativeScope.open()) {
        RandomDictionary random = new RandomDictionary(4, DType.BF16);
        Dictionary dictionary =
            RandomDictionary.of(random.layer(RESIDUAL, centred, new Selection.Relu(), false))
                .computingIn(DType.F64);
        Tensor input = random.input(3).to(DType.F64);
        int[] some = {31, 4, 4, 0};
        Tensor expected = dictionary.preActivations(0, input).indexSelect(1, Tensor.indices(some));
        Tensor actual =
            input.linear(dictionary.encoderRows(0, some), dictionary.encoderBiases(0, some));
        assertArrayEquals(expected.toDoubles(), actual.toDoubles(), 1e-12);
      }
    }
  }

  @Test
  void aSkipMatrixAndTheBiasPassByTheFeatures() {
    try (var _ = NativeScope.open()) {
      RandomDictionary random = new RandomDictionary(6, DType.F32);
      DictionaryLayer parts = random.layer(MLP, false, new Selection.Relu(), true);
      Dictionary dictionary = RandomDictionary.of(parts).computingIn(DType.F64);
      Tensor input = random.input(70).to(DType.F64); // more than are gathered at once
      SparseActivations active = dictionary.encode(0, input);
      Tensor expected =
          active
              .dense(DType.F64)
              .matmul(parts.writes().getFirst().decoder().view().to(DType.F64))
              .plus(dictionary.bias(0))
              .plus(input.matmul(dictionary.skip(0).orElseThrow().transpose(0, 1)));
      Tensor actual = dictionary.reconstruct(0, _ -> active, input);
      assertArrayEquals(expected.toDoubles(), actual.toDoubles(), 1e-11);
    }
  }

  @Test
  void crossLayerFeaturesAddUpInTheirTargets() {
    try (var _ = NativeScope.open()) {
      RandomDictionary random = new RandomDictionary(8, DType.BF16);
      DictionaryLayer first = random.crossing(0, 2, random.jumpRelu());
      DictionaryLayer second = random.crossing(1, 2, random.jumpRelu());
      Dictionary dictionary = RandomDictionary.of(first, second).computingIn(DType.F64);
      assertEquals(Dictionary.Kind.CROSS_LAYER_TRANSCODER, dictionary.kind());
      Map<Integer, SparseActivations> active = new HashMap<>();
      Tensor expected = dictionary.bias(1);
      Tensor input = random.input(5);
      for (int layer : dictionary.layers()) {
        active.put(layer, dictionary.encode(layer, input));
        Tensor decoder =
            dictionary.parts(layer).decoder(new Tap(Site.MLP_OUT, 1)).view().to(DType.F64);
        expected = expected.plus(active.get(layer).dense(DType.F64).matmul(decoder));
      }
      Tensor actual = dictionary.reconstruct(1, active::get, input);
      assertArrayEquals(expected.toDoubles(), actual.toDoubles(), 1e-11);
      assertEquals(List.of(new Tap(Site.MLP_OUT, 1)), dictionary.writes(1));
    }
  }

  @Test
  void topKKeepsExactlyKAndNothingBelowZero() {
    try (var _ = NativeScope.open()) {
      RandomDictionary random = new RandomDictionary(9, DType.F32);
      Dictionary dictionary =
          RandomDictionary.of(random.layer(RESIDUAL, false, new Selection.TopK(5), false));
      SparseActivations active = dictionary.encode(0, random.input(50));
      for (int position = 0; position < 50; position++) {
        assertEquals(5, active.start(position + 1) - active.start(position));
        int[] features =
            active.features(active.start(position), active.start(position + 1)).toArray();
        assertArrayEquals(Arrays.stream(features).sorted().toArray(), features);
      }
      Dictionary all =
          RandomDictionary.of(
              random.layer(RESIDUAL, false, new Selection.TopK(RandomDictionary.FEATURES), false));
      SparseActivations most = all.encode(0, random.input(20));
      assertTrue(most.count() > 0 && most.count() < 20 * RandomDictionary.FEATURES);
      assertTrue(IntStream.range(0, most.count()).allMatch(i -> most.value(i) > 0));
    }
  }

  @Test
  void jumpReluIsStrictAtItsThreshold() {
    try (var _ = NativeScope.open()) {
      float[] identity = {1, 0, 0, 1};
      StoredTensor matrix = RandomDictionary.stored("W", DType.F32, identity, 2, 2);
      StoredTensor zeros = RandomDictionary.stored("b", DType.F32, new float[2], 2);
      StoredTensor thresholds =
          RandomDictionary.stored("threshold", DType.F32, new float[] {0.5f, 0}, 2);
      Dictionary dictionary =
          RandomDictionary.of(
              new DictionaryLayer(
                  "by hand",
                  RESIDUAL.reads(),
                  StoredRows.of(matrix),
                  zeros,
                  false,
                  new Selection.JumpRelu(thresholds),
                  List.of(new DictionaryLayer.Write(RESIDUAL.writes(), StoredRows.of(matrix))),
                  zeros,
                  Optional.empty()));
      float above = Math.nextUp(0.5f);
      Tensor input = Tensor.of(new float[] {0.5f, 0, above, 0, 0.4f, Float.MIN_NORMAL}, 3, 2);
      assertArrayEquals(
          new float[] {0, 0, above, 0, 0, Float.MIN_NORMAL},
          dictionary.encode(0, input).dense(DType.F32).toFloats());
    }
  }

  @Test
  void noActiveFeatureLeavesTheBias() {
    try (var _ = NativeScope.open()) {
      RandomDictionary random = new RandomDictionary(10, DType.F32);
      Dictionary dictionary =
          RandomDictionary.of(
              random.layer(RESIDUAL, false, new Selection.BatchTopK(1, 1e6), false));
      Tensor input = random.input(2);
      SparseActivations active = dictionary.encode(0, input);
      assertEquals(0, active.count());
      float[] bias = dictionary.bias(0).toFloats();
      float[] both = Arrays.copyOf(bias, 2 * bias.length);
      System.arraycopy(bias, 0, both, bias.length, bias.length);
      assertArrayEquals(both, dictionary.reconstruct(0, _ -> active, input).toFloats());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void whatIsNotANumberIsFoundWhereItIsRead(DType stored) {
    try (var _ = NativeScope.open()) {
      RandomDictionary random = new RandomDictionary(11, stored);
      DictionaryLayer sound = random.layer(RESIDUAL, false, new Selection.Relu(), false);
      float[] damaged = sound.encoder().tensor().toFloats();
      damaged[5 * RandomDictionary.WIDTH] = Float.NaN;
      StoredRows rows =
          StoredRows.of(
              RandomDictionary.stored(
                  "W", stored, damaged, RandomDictionary.FEATURES, RandomDictionary.WIDTH));
      Dictionary encoder =
          RandomDictionary.of(
              new DictionaryLayer(
                  "damaged",
                  sound.reads(),
                  rows,
                  sound.encoderBias(),
                  false,
                  sound.selection(),
                  List.of(new DictionaryLayer.Write(RESIDUAL.writes(), rows)),
                  sound.outputBias(),
                  Optional.empty()));
      Tensor input = random.input(2);
      assertTrue(refusal(() -> encoder.encode(0, input)).startsWith("damaged: W holds"));
      assertTrue(
          refusal(() -> encoder.decoderRows(0, RESIDUAL.writes(), 5)).startsWith("damaged: W"));
      encoder.decoderRows(0, RESIDUAL.writes(), 4, 6);
      assertTrue(refusal(() -> encoder.parts(0).requireFinite()).startsWith("damaged: W"));
      Tensor infinite = input.times(Double.POSITIVE_INFINITY);
      assertTrue(
          refusal(() -> RandomDictionary.of(sound).encode(0, infinite)).contains("resid_post.0"));
    }
  }

  private static String refusal(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(LoupeException.class, action).getMessage();
  }

  @Test
  void partsThatDoNotFitAreNamed() {
    RandomDictionary random = new RandomDictionary(12, DType.F32);
    DictionaryLayer sound = random.layer(MLP, false, new Selection.Relu(), false);
    StoredTensor narrow = random.normal("narrow", DType.F32, 3);
    assertEquals(
        "random: narrow is [3] but must be [40]",
        refusal(() -> with(sound, narrow, sound.outputBias(), sound.selection())));
    assertTrue(
        refusal(() -> with(sound, sound.encoderBias(), narrow, sound.selection()))
            .contains("W_dec is [40, 12]"));
    assertTrue(
        refusal(() -> with(sound, sound.encoderBias(), sound.outputBias(), new Selection.TopK(41)))
            .contains("k is 41 but there are 40 features"));
    StoredTensor negative =
        RandomDictionary.stored("threshold", DType.F32, new float[RandomDictionary.FEATURES], 40);
    negative.bytes().set(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, 8, -1);
    assertTrue(
        refusal(() ->
                with(
                    sound,
                    sound.encoderBias(),
                    sound.outputBias(),
                    new Selection.JumpRelu(negative)))
            .contains("-1.0, below 0"));
    assertTrue(refusal(() -> RandomDictionary.of(sound, sound)).contains("layer 0"));
    assertTrue(refusal(() -> RandomDictionary.of()).contains("no layer"));
  }

  private static DictionaryLayer with(
      DictionaryLayer layer,
      StoredTensor encoderBias,
      StoredTensor outputBias,
      Selection selection) {
    return new DictionaryLayer(
        layer.origin(),
        layer.reads(),
        layer.encoder(),
        encoderBias,
        layer.centred(),
        selection,
        layer.writes(),
        outputBias,
        layer.skip());
  }

  @Test
  void placesAreWrittenAsTheyAreRead() {
    Place place = Place.parse("mlp_in.3");
    assertEquals(new Tap(Site.MLP_OUT, 3), place.writes());
    assertEquals("mlp_in.3", Place.name(place.reads()));
    assertEquals(
        new Place(new Tap(Site.RESID_MID, 2), new Tap(Site.MLP_OUT, 2)),
        Place.parse("resid_mid.2:mlp_out.2"));
    for (String wrong : List.of("", "resid_post", "query.3", "mlp_in.x", "a.1:b.2:c.3")) {
      assertTrue(refusal(() -> Place.parse(wrong)).contains("not a site"));
    }
  }
}
