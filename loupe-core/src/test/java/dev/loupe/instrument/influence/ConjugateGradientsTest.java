package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conjugate gradients on a tiny model in float64 against the matrix written out and inverted. */
class ConjugateGradientsTest {
  private static final BlockMap MAP = new BlockMap(1, BlockMap.Kind.ATTENTION_OUT);

  @TempDir private Path folder;

  private static List<Sequence> documents(LanguageModel model) {
    return List.of("The war lasted from the year 1742", "The reign lasted long", "A siege").stream()
        .map(text -> DocumentRanking.document(text, text, model))
        .toList();
  }

  /** The mean of the documents' matrices, from the products with unit vectors. */
  private static Tensor matrix(
      SequenceGradients network, List<Sequence> documents, SequenceGradients.MapSize size) {
    int in = size.columns();
    int many = size.outputs() * in;
    Tensor rows = Tensor.zeros(DType.F64, many, size.outputs(), in);
    for (int i = 0; i < many; i++) {
      Tensor unit = Tensor.zeros(DType.F64, size.outputs(), in);
      unit.select(0, i / in).slice(0, i % in, i % in + 1).fillInPlace(1);
      Tensor row = rows.select(0, i);
      for (Sequence each : documents) {
        network.ofCurvature(
            List.of(each.tokens()),
            List.of(each.counts()),
            List.of(Map.of(MAP, unit)),
            (_, _, a, g) ->
                row.plusInPlace(
                    g.select(0, 0).transpose(0, 1).matmul(a.select(0, 0)), 1.0 / documents.size()));
      }
    }
    return rows.reshape(many, many);
  }

  @Test
  void solvesTheDampedSystem() throws IOException {
    try (LanguageModel model = TinyStudy.open(folder, DType.F64);
        SequenceGradients network = SequenceGradients.of(model.transformer(), "tiny", DType.F64);
        var _ = NativeScope.open()) {
      List<Sequence> documents = documents(model);
      SequenceGradients.MapSize size = network.size(MAP);
      Tensor matrix = matrix(network, documents, size);
      double damping = 0.1 * matrix.square().sum().item() / matrix.count();
      Scorer scorer = new Scorer(network);
      Map<BlockMap, Tensor> gradients = new LinkedHashMap<>();
      gradients.put(
          MAP,
          Tensor.stack(
              documents.subList(0, 2).stream()
                  .map(each -> CurvatureFit.of(scorer.gradient(each, List.of(MAP)), MAP))
                  .toList(),
              0));
      Map<BlockMap, MapFactors> factors =
          CurvatureFit.of(network, documents, false, 1).factors(List.of(MAP), Run.silent(0));
      ConjugateGradients.Solution found =
          new ConjugateGradients(network, documents, factors, Map.of(MAP, damping))
              .solve(gradients, 400, 1e-12, Run.silent(0));
      assertTrue(found.worst() <= 1e-12, found.iterations() + " made, left " + found.worst());
      Eigen eigen = Eigen.of(matrix);
      Tensor inverse =
          eigen
              .vectors()
              .dividedBy(eigen.values().plus(damping))
              .matmul(eigen.vectors().transpose(0, 1));
      for (int q = 0; q < 2; q++) {
        Tensor gradient = CurvatureFit.of(gradients, MAP).select(0, q).reshape(-1, 1);
        double[] expected = inverse.matmul(gradient).toDoubles();
        double largest = Tensor.of(expected, expected.length).abs().max().item();
        assertArrayEquals(
            expected,
            CurvatureFit.of(found.products(), MAP).select(0, q).contiguous().toDoubles(),
            1e-7 * largest);
      }
      ConjugateGradients.Solution first =
          new ConjugateGradients(network, documents, factors, Map.of(MAP, damping))
              .solve(gradients, 1, 0, Run.silent(0));
      assertEquals(1, first.iterations());
      assertEquals(2, first.residuals().length);
      factors.values().forEach(MapFactors::close);
    }
  }

  /** One iteration goes along EK-FAC's product, which has the damping that is asked for. */
  @Test
  void isDampedAsAskedFor() throws IOException {
    try (LanguageModel model = TinyStudy.open(folder, DType.F64);
        SequenceGradients network = SequenceGradients.of(model.transformer(), "tiny", DType.F64);
        var _ = NativeScope.open()) {
      List<Sequence> documents = documents(model);
      List<Sequence> queries = documents.subList(0, 1);
      Run run = Run.silent(1);
      double means = 7;
      DocumentRanking.Ranking ranking =
          DocumentRanking.of(
              network,
              List.of(MAP),
              documents,
              queries,
              false,
              new DocumentRanking.Refining(1, means),
              run);
      Map<BlockMap, MapFactors> factors =
          CurvatureFit.of(network, documents, false, 1).factors(List.of(MAP), run);
      Scorer scorer = new Scorer(network);
      Tensor gradient = CurvatureFit.of(scorer.gradients(queries, List.of(MAP), run), MAP);
      try (MapFactors of = CurvatureFit.of(factors, MAP)) {
        Map<BlockMap, Tensor> product = Map.of(MAP, of.inverses(gradient, of.damping(means)));
        Scorer.Scores scores = scorer.score(documents, product, run);
        double[] found = ranking.refined().orElseThrow().scores()[0];
        double ratio = found[0] / scores.total(0, 0);
        for (int n = 1; n < found.length; n++) {
          assertEquals(ratio, found[n] / scores.total(n, 0), 1e-9 * Math.abs(ratio));
        }
      }
    }
  }
}
