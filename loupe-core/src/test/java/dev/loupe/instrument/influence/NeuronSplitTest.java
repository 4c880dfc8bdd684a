package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.job.Run;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A document's influence by neuron against scores along that neuron's weights alone. */
@Tag("oracle")
class NeuronSplitTest {
  private static final Sequence DOCUMENT = Sequence.of("d", 5, 9, 3, 17, 2, 8);

  private static Transformer open(String family) {
    Path folder =
        ModelFixture.folders().stream()
            .filter(each -> each.toString().contains("/" + family + "/"))
            .findFirst()
            .orElseThrow();
    return ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
  }

  private static double score(SequenceGradients network, Map<BlockMap, Tensor> direction) {
    return new Scorer(network)
        .score(List.of(DOCUMENT), oneQuery(direction), Run.silent(0))
        .total(0, 0);
  }

  private static Map<BlockMap, Tensor> oneQuery(Map<BlockMap, Tensor> direction) {
    Map<BlockMap, Tensor> one = new LinkedHashMap<>();
    direction.forEach((map, each) -> one.put(map, each.reshape(1, each.size(0), each.size(1))));
    return one;
  }

  /** Only a neuron's row of what it reads and its column of what it writes. */
  private static Map<BlockMap, Tensor> ofNeuron(
      Map<BlockMap, Tensor> direction, int layer, int neuron) {
    Map<BlockMap, Tensor> alone = new LinkedHashMap<>();
    direction.forEach((map, each) -> {
      Tensor masked = Tensor.zeros(DType.F64, each.shape());
      if (map.layer() == layer && map.kind().isOfMlp()) {
        int along = map.kind() == BlockMap.Kind.MLP_DOWN ? 1 : 0;
        masked
            .slice(along, neuron, neuron + 1L)
            .copyInPlace(each.slice(along, neuron, neuron + 1L));
      }
      alone.put(map, masked);
    });
    return alone;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void eachNeuronHasWhatItsOwnWeightsHaveAndAllSumUp(String family) {
    try (Transformer model = open(family);
        SequenceGradients network = SequenceGradients.of(model, "tiny", DType.F64);
        var _ = NativeScope.open()) {
      Random random = new Random(3);
      Map<BlockMap, Tensor> direction = new LinkedHashMap<>();
      for (BlockMap map : network.maps(true)) {
        SequenceGradients.MapSize size = network.size(map);
        double[] values = random.doubles((long) size.outputs() * size.columns(), -1, 1).toArray();
        direction.put(map, Tensor.of(values, size.outputs(), size.columns()));
      }
      double whole = score(network, direction);
      List<Direction> along = List.of(new Direction(network, oneQuery(direction)));
      AskReport.ByNeuron all = NeuronSplit.of(along, DOCUMENT, Integer.MAX_VALUE);
      assertEquals(whole, all.sum(), 1e-9 * Math.abs(whole));
      assertEquals(0, all.others());
      assertTrue(Math.abs(all.outside()) > 1e-9, "attention has a part");
      for (AskReport.OfNeuron each : all.largest()) {
        double alone = score(network, ofNeuron(direction, each.layer(), each.neuron()));
        assertEquals(alone, each.influence(), 1e-9 * Math.abs(whole), each.toString());
      }
      AskReport.ByNeuron some = NeuronSplit.of(along, DOCUMENT, 3);
      assertEquals(all.largest().subList(0, 3), some.largest());
      assertEquals(whole, some.sum(), 1e-9 * Math.abs(whole));
      assertEquals(
          all.largest(),
          all.largest().stream()
              .sorted(Comparator.comparingDouble(each -> -Math.abs(each.influence())))
              .toList());
    }
  }
}
