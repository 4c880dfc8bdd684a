package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.FineTuning;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is computed from the checkpoints of a training, against the training taken step by step. */
class TrainingPathTest {
  private static final BlockMap MAP = new BlockMap(1, BlockMap.Kind.ATTENTION_OUT);
  private static final List<BlockMap> MAPS = List.of(MAP);

  /** Of a segment; their number's inverse bounds the error. */
  private static final int STEPS = 4000;

  @TempDir private Path folder;

  private static List<Sequence> documents(LanguageModel model) {
    return Stream.of("The war lasted from the year 1742", "The reign lasted long", "A siege")
        .map(text -> DocumentRanking.document(text, text, model))
        .toList();
  }

  private static FineTuning tuning(
      LanguageModel model, List<Sequence> documents, FineTuning.Settings settings) {
    return FineTuning.of(
        model.transformer(),
        "tiny",
        settings,
        documents.stream().map(Sequence::tokens).toList(),
        documents.stream().map(Sequence::counts).toList());
  }

  private static BitSet all(int documents) {
    BitSet all = new BitSet();
    all.set(0, documents);
    return all;
  }

  private static double[] gradient(SequenceGradients network, Sequence sequence) {
    Tensor found = CurvatureFit.of(new Scorer(network).gradient(sequence, MAPS), MAP);
    return found.to(DType.F64).contiguous().reshape(-1).toDoubles();
  }

  /** The curvature written out, {@code [out · in][out · in]}. */
  private static double[][] matrix(MapFactors factors) {
    int out = factors.outputBasis().width();
    int in = factors.inputBasis().width();
    double[] ofOutput = factors.outputBasis().blocks().getFirst().to(DType.F64).toDoubles();
    double[] ofInput = factors.inputBasis().blocks().getFirst().to(DType.F64).toDoubles();
    double[] lambda = factors.lambda().toDoubles();
    double[][] vectors = new double[out * in][out * in];
    for (int i = 0; i < out * in; i++) {
      for (int e = 0; e < out * in; e++) {
        vectors[i][e] = ofOutput[i / in * out + e / in] * ofInput[i % in * in + e % in];
      }
    }
    Tensor flat =
        Tensor.of(
            Arrays.stream(vectors).flatMapToDouble(Arrays::stream).toArray(),
            vectors.length,
            vectors.length);
    double[] whole =
        flat.times(Tensor.of(lambda, lambda.length)).matmul(flat.transpose(0, 1)).toDoubles();
    double[][] rows = new double[out * in][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(whole, i * out * in, (i + 1) * out * in));
    return rows;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void sourceIsATrainingOfSmallStepsFollowedBackwards() throws IOException {
    try (LanguageModel model = TinyStudy.open(folder, DType.F32);
        var _ = NativeScope.open()) {
      List<Sequence> documents = documents(model);
      Sequence query = Sequence.completion(documents.getFirst().tokens(), 4);
      try (FineTuning tuning = tuning(model, documents, new FineTuning.Settings(0.01, 2, 2));
          TrainingPath path = new TrainingPath()) {
        SequenceGradients[] networks = new SequenceGradients[2];
        tuning.run(all(3), 0, () -> {}, (epoch, _) -> networks[epoch - 1] = tuning.network());
        double counted = documents.stream().mapToInt(Sequence::counted).average().orElseThrow();
        double[][][] curvatures = new double[2][][];
        double[] amounts = new double[2];
        for (int c = 0; c < 2; c++) {
          Map<BlockMap, MapFactors> factors =
              CurvatureFit.of(networks[c], documents, false, 7).factors(MAPS, Run.silent(7));
          MapFactors of = CurvatureFit.of(factors, MAP);
          curvatures[c] = matrix(of);
          // So that the steepest direction decays by e³ or e⁴ in a segment.
          amounts[c] = (3 + c) / of.lambda().max().item();
          factors.values().forEach(MapFactors::close);
          double stretch = 10;
          path.add(
              new TrainingPath.Checkpoint(
                  networks[c], amounts[c] * counted / stretch, Map.of(MAP, stretch)));
        }
        double[] found = path.unrolled(MAPS, documents, List.of(query), Run.silent(7))[0];

        double[] following = gradient(networks[1], query);
        double[] expected = new double[documents.size()];
        for (int c = 1; c >= 0; c--) {
          double[] gathered = new double[following.length];
          double step = amounts[c] / STEPS;
          for (int k = 0; k < STEPS; k++) {
            double[] now = following;
            double[][] matrix = curvatures[c];
            Arrays.setAll(gathered, i -> gathered[i] + step * now[i]);
            following = new double[now.length];
            Arrays.setAll(following, i -> now[i] - step * dot(matrix[i], now));
          }
          for (int n = 0; n < expected.length; n++) {
            expected[n] += dot(gathered, gradient(networks[c], documents.get(n)));
          }
        }
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertArrayEquals(expected, found, 2e-3 * largest);
      }
    }
  }

  /**
   * After one step AdamW's average is the squared gradient, of which only the clipping is unknown.
   */
  @Test
  void adamsStretchIsOneOverTheRootOfTheMeanSquare() throws IOException {
    try (LanguageModel model = TinyStudy.open(folder, DType.F32);
        var _ = NativeScope.open()) {
      List<Sequence> documents = documents(model);
      BlockMap other = new BlockMap(0, BlockMap.Kind.MLP_UP);
      try (FineTuning tuning = tuning(model, documents, new FineTuning.Settings(0.01, 1, 3));
          SequenceGradients start = started(tuning)) {
        tuning.run(all(3), 0, () -> {}, (_, _) -> {});
        assertEquals(
            rootMeanSquare(start, documents, other) / rootMeanSquare(start, documents, MAP),
            tuning.stretch(MAP) / tuning.stretch(other),
            1e-3);
      }
    }
  }

  private static SequenceGradients started(FineTuning tuning) {
    tuning.run(new BitSet(), 0, () -> {}, (_, _) -> {});
    return tuning.network();
  }

  /** Of the summed gradient, without the bias. */
  private static double rootMeanSquare(
      SequenceGradients network, List<Sequence> documents, BlockMap map) {
    Tensor sum =
        documents.stream()
            .map(each -> CurvatureFit.of(new Scorer(network).gradient(each, List.of(map)), map))
            .reduce(Tensor::plus)
            .orElseThrow()
            .slice(1, 0, network.size(map).inputs());
    return Math.sqrt(sum.square().sum().item() / sum.count());
  }
}
