package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A document's influence by feature: sums, and directions of which the parts are known. */
class FeatureSplitTest {
  private static final int WIDTH = RandomDictionary.WIDTH;

  @TempDir private Path folder;
  private LanguageModel model;
  private SequenceGradients network;
  private Sequence document;
  private NativeScope scope;

  @BeforeEach
  void open() throws IOException {
    scope = NativeScope.open();
    model = TinyStudy.open(folder, DType.F64);
    network = SequenceGradients.of(model.transformer(), "tiny", DType.F64);
    document = DocumentRanking.document("d", "The war lasted from the year 1742", model);
  }

  @AfterEach
  void close() {
    network.close();
    model.close();
    scope.close();
  }

  private Map<BlockMap, Tensor> direction(boolean random) {
    Random draws = new Random(5);
    Map<BlockMap, Tensor> direction = new LinkedHashMap<>();
    for (BlockMap map : network.maps(true)) {
      SequenceGradients.MapSize size = network.size(map);
      double[] values = new double[size.outputs() * size.columns()];
      Arrays.setAll(values, _ -> random ? draws.nextGaussian() : 0);
      direction.put(map, Tensor.of(values, size.outputs(), size.columns()));
    }
    return direction;
  }

  private double whole(Map<BlockMap, Tensor> direction) {
    Map<BlockMap, Tensor> one = new LinkedHashMap<>();
    direction.forEach((map, each) -> one.put(map, each.reshape(1, each.size(0), each.size(1))));
    return new Scorer(network).score(List.of(document), one, Run.silent(0)).total(0, 0);
  }

  private FeatureSplit split(DictionaryLayer... layers) {
    Dictionary dictionary = RandomDictionary.of(layers).computingIn(DType.F64);
    return new FeatureSplit(model.transformer(), network, dictionary, 0);
  }

  /** Few features that are active everywhere, with these decoder rows. */
  private static DictionaryLayer always(Place place, double[][] decoder) {
    float[] rows = new float[decoder.length * WIDTH];
    float[] biases = new float[decoder.length];
    Arrays.fill(biases, 1);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) decoder[i / WIDTH][i % WIDTH];
    }
    return new DictionaryLayer(
        "always",
        place.reads(),
        StoredRows.of(
            RandomDictionary.stored(
                "W_enc", DType.F32, new float[rows.length], decoder.length, WIDTH)),
        RandomDictionary.stored("b_enc", DType.F32, biases, decoder.length),
        false,
        new Selection.Relu(),
        List.of(
            new DictionaryLayer.Write(
                place.writes(),
                StoredRows.of(
                    RandomDictionary.stored("W_dec", DType.F32, rows, decoder.length, WIDTH)))),
        RandomDictionary.stored("b_dec", DType.F32, new float[WIDTH], WIDTH),
        Optional.empty());
  }

  private static double[][] random(int features, long seed) {
    Random draws = new Random(seed);
    double[][] rows = new double[features][WIDTH];
    for (double[] row : rows) {
      Arrays.setAll(row, _ -> draws.nextGaussian());
    }
    return rows;
  }

  @Test
  void partsSumToTheDocumentsInfluenceForEveryKindOfDictionary() {
    Map<BlockMap, Tensor> direction = direction(true);
    double whole = whole(direction);
    RandomDictionary draws = new RandomDictionary(3, DType.F32);
    Selection.TopK few = new Selection.TopK(3, false);
    int layers = model.transformer().config().layers();
    DictionaryLayer[] crossing = new DictionaryLayer[layers];
    Arrays.setAll(crossing, layer -> draws.crossing(layer, layers, few));
    for (FeatureSplit each :
        List.of(
            split(draws.layer(Place.parse("mlp_in.0"), false, few, true)),
            split(draws.layer(Place.parse("resid_post.1"), true, few, false)),
            split(draws.layer(Place.parse("resid_pre.1"), false, few, false)),
            split(crossing))) {
      AskReport.ByFeature all = each.of(direction, document, Integer.MAX_VALUE).parts();
      assertEquals(whole, all.sum(), 1e-9 * Math.abs(whole));
      assertEquals(0, all.others());
      assertTrue(Math.abs(all.error()) > 1e-9, "three rows do not span all");
      AskReport.ByFeature some = each.of(direction, document, 2).parts();
      assertEquals(all.largest().subList(0, 2), some.largest());
      assertEquals(whole, some.sum(), 1e-9 * Math.abs(whole));
    }
  }

  /** As many independent rows as the stream is wide write every change. */
  @Test
  void nothingIsLeftOverWhereTheRowsSpanTheStream() {
    Map<BlockMap, Tensor> direction = direction(true);
    FeatureSplit.Split all =
        split(always(Place.parse("mlp_out.1"), random(WIDTH, 9))).of(direction, document, WIDTH);
    assertEquals(0, all.parts().error(), 1e-7 * Math.abs(whole(direction)));
    assertEquals(0, all.errors(), 1e-9 * all.squares());
    // All features are active: none is left to be drawn at random.
    assertEquals(all.squares(), all.random(), 1e-9 * all.squares());
  }

  /** Of one neuron, by what it reads: its output moves along its column of the output map. */
  @Test
  void oneNeuronsWeightsActAlongItsColumn() {
    int neuron = 7;
    Map<BlockMap, Tensor> direction = direction(false);
    Tensor up = CurvatureFit.of(direction, new BlockMap(1, BlockMap.Kind.MLP_UP));
    up.select(0, neuron).fillInPlace(0.3);
    ModelWeights.Dense mlp = (ModelWeights.Dense) model.transformer().weights().layer(1).mlp();
    double[][] rows = random(4, 2);
    rows[2] = mlp.down().weight().to(DType.F64).select(1, neuron).contiguous().toDoubles();
    onlyTheThird(direction, split(always(Place.parse("resid_post.1"), rows)));
  }

  /** The output map moves by a decoder row times what it reads. */
  @Test
  void anOutputMapThatMovesAlongARowActsThroughThatFeature() {
    double[][] rows = random(4, 2);
    Map<BlockMap, Tensor> direction = direction(false);
    Tensor down = CurvatureFit.of(direction, new BlockMap(0, BlockMap.Kind.MLP_DOWN));
    Random draws = new Random(8);
    for (int column = 0; column < down.size(1); column++) {
      double read = draws.nextGaussian();
      for (int out = 0; out < WIDTH; out++) {
        down.select(0, out).slice(0, column, column + 1L).fillInPlace(read * (float) rows[2][out]);
      }
    }
    onlyTheThird(direction, split(always(Place.parse("mlp_in.0"), rows)));
  }

  private void onlyTheThird(Map<BlockMap, Tensor> direction, FeatureSplit split) {
    double whole = whole(direction);
    assertTrue(Math.abs(whole) > 1e-6, "" + whole);
    AskReport.ByFeature all = split.of(direction, document, 4).parts();
    assertEquals(2, all.largest().getFirst().feature());
    assertEquals(whole, all.largest().getFirst().influence(), 1e-5 * Math.abs(whole));
    assertEquals(0, all.error(), 1e-5 * Math.abs(whole));
    assertEquals(0, all.outside(), 1e-9 * Math.abs(whole));
    for (AskReport.OfFeature other : all.largest().subList(1, 4)) {
      assertEquals(0, other.influence(), 1e-5 * Math.abs(whole));
    }
  }

  @Test
  void aDictionaryWhereNoMlpWritesIsRefused() {
    LoupeException thrown =
        assertThrows(
            LoupeException.class,
            () ->
                split(
                    new RandomDictionary(3, DType.F32)
                        .layer(Place.parse("attn_out.0"), false, new Selection.Relu(), false)));
    assertTrue(String.valueOf(thrown.getMessage()).contains("attn_out.0"), thrown.getMessage());
  }
}
