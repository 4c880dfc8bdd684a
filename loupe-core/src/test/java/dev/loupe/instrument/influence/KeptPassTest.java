package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pass over documents is read from disk the second time, and brings the same. */
class KeptPassTest {
  private static final List<BlockMap> MAPS =
      List.of(new BlockMap(0, BlockMap.Kind.MLP_UP), new BlockMap(1, BlockMap.Kind.MLP_DOWN));

  @TempDir Path folder;

  private static List<Sequence> documents(LanguageModel model) {
    return Stream.of("The war lasted", "The war lasted long", "It rained", "The war lasted years")
        .map(text -> DocumentRanking.document(text, text, model))
        .toList();
  }

  /** What each map of each batch is told, and the losses. */
  private static List<double[]> told(
      CurvatureFit.Pass pass, List<Sequence> documents, Set<BlockMap> maps) {
    List<double[]> told = new ArrayList<>();
    try (var _ = NativeScope.open()) {
      for (int[] numbers : Sequence.batches(documents, 1)) {
        Map<BlockMap, double[]> here = new HashMap<>();
        double loss =
            pass.of(
                numbers,
                maps,
                (map, a, g) -> {
                  here.put(map, a.toDoubles());
                  told.add(g.toDoubles());
                });
        MAPS.stream().filter(maps::contains).forEach(map -> told.add(here.get(map)));
        told.add(new double[] {loss});
      }
    }
    return told;
  }

  private static void assertSame(List<double[]> one, List<double[]> two) {
    assertEquals(one.size(), two.size());
    for (int i = 0; i < one.size(); i++) {
      assertArrayEquals(one.get(i), two.get(i));
    }
  }

  private interface Asking {
    void of(List<Sequence> documents, CurvatureFit.Pass counted, int[] passes) throws IOException;
  }

  private void asking(Asking then) throws IOException {
    try (LanguageModel model = TinyStudy.open(folder.resolve("model"), DType.F32);
        SequenceGradients network = SequenceGradients.of(model.transformer(), "tiny", DType.F32)) {
      List<Sequence> documents = documents(model);
      CurvatureFit.Pass pass = CurvatureFit.pass(network, documents, false, 3);
      int[] passes = new int[1];
      then.of(
          documents,
          (numbers, maps, sink) -> {
            passes[0]++;
            return pass.of(numbers, maps, sink);
          },
          passes);
    }
  }

  /** Batches that the bound does not take are computed again: all four, some, none. */
  @ParameterizedTest
  @CsvSource({"1000000, 4", "6000, 7", "0, 8"})
  void bringsTheSameAgain(long most, int passes) throws IOException {
    asking((documents, counted, made) -> {
      Path kept = Files.createDirectories(folder.resolve("kept"));
      try (KeptPass pass = KeptPass.of(counted, kept, most)) {
        List<double[]> first = told(pass, documents, Set.copyOf(MAPS));
        assertSame(first, told(pass, documents, Set.copyOf(MAPS)));
        assertEquals(passes, made[0]);
      }
      try (Stream<Path> left = Files.list(kept)) {
        assertEquals(0, left.count());
      }
    });
  }

  @Test
  void readsSomeOfItsMapsAndComputesOthers() throws IOException {
    asking((documents, counted, made) -> {
      try (KeptPass pass = KeptPass.of(counted, folder, 1 << 20)) {
        Set<BlockMap> one = Set.of(MAPS.getLast()); // a pass that ends above the first layer
        List<double[]> alone = told(counted, documents, one);
        told(pass, documents, Set.copyOf(MAPS));
        assertEquals(8, made[0]);
        assertSame(alone, told(pass, documents, one));
        assertEquals(8, made[0]);
        BlockMap other = new BlockMap(1, BlockMap.Kind.MLP_UP);
        assertSame(told(counted, documents, Set.of(other)), told(pass, documents, Set.of(other)));
        assertEquals(16, made[0]);
      }
    });
  }

  @Test
  void doesWithoutAFolder() throws IOException {
    asking((documents, counted, made) -> {
      try (KeptPass pass = KeptPass.of(counted, folder.resolve("none"), 1 << 20)) {
        told(pass, documents, Set.copyOf(MAPS));
        told(pass, documents, Set.copyOf(MAPS));
        assertEquals(8, made[0]);
      }
    });
  }

  /** Scores by the pass of the fit are those of a pass of their own. */
  @Test
  void scoresAsBefore() throws IOException {
    try (LanguageModel model = TinyStudy.open(folder.resolve("model"), DType.F32);
        SequenceGradients network = SequenceGradients.of(model.transformer(), "tiny", DType.F32);
        var _ = NativeScope.open()) {
      List<Sequence> documents = documents(model);
      CurvatureFit.Pass pass = CurvatureFit.pass(network, documents, true, 0);
      Scorer scorer = new Scorer(network);
      Run run = Run.silent(0);
      try (KeptPass kept = KeptPass.of(pass, folder, 1 << 20)) {
        told(kept, documents, Set.copyOf(MAPS));
        var directions = scorer.gradients(documents.subList(0, 2), MAPS, run);
        Scorer.Scores one = scorer.score(documents, directions, run);
        Scorer.Scores two = scorer.score(documents, directions, kept, run);
        assertEquals(one.loss(), two.loss());
        for (int n = 0; n < documents.size(); n++) {
          assertEquals(one.total(n, 1), two.total(n, 1));
        }
      }
    }
  }
}
