package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.job.Stopped;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pass that ends early goes on from the sums that were kept. */
class BegunGroupTest {
  private static final List<BlockMap> MAPS =
      List.of(new BlockMap(0, BlockMap.Kind.MLP_UP), new BlockMap(1, BlockMap.Kind.MLP_DOWN));
  private static final int BATCHES = 40;

  @TempDir Path folder;

  private BegunGroup begun(String corpus, List<BlockMap> maps) {
    SequencedMap<String, String> identity = new LinkedHashMap<>();
    identity.put("corpus sha256", corpus);
    return new BegunGroup(folder, identity, maps, Duration.ZERO);
  }

  /** Documents of a length each, so that each is a batch. */
  private static List<Sequence> documents(LanguageModel model) {
    return IntStream.range(0, BATCHES)
        .mapToObj(i -> "The war lasted" + " long".repeat(i))
        .map(text -> DocumentRanking.document(text, text, model))
        .toList();
  }

  /** A fit in blocks that counts its passes, and ends in the one that is given. */
  private static CurvatureFit fit(
      SequenceGradients network, List<Sequence> documents, int[] passes, int ending) {
    return new CurvatureFit(
            network,
            documents,
            (numbers, maps, sink) -> {
              if (passes[0]++ == ending) {
                throw new Stopped();
              }
              List<Sequence> chosen = CurvatureFit.chosen(documents, numbers);
              return network.ofTruth(
                  chosen.stream().map(Sequence::tokens).toList(),
                  chosen.stream().map(Sequence::counts).toList(),
                  maps,
                  sink);
            })
        .inBlocks(9);
  }

  /** Shards of 16 of the 40 batches: what was read after the last whole one is read again. */
  @ParameterizedTest
  @CsvSource({"5, 80", "20, 64", "39, 48", "45, 48", "60, 24", "79, 8"})
  void goesOnToTheSameBits(int ending, int left) throws IOException {
    try (LanguageModel model = TinyStudy.open(folder.resolve("model"), DType.F32);
        SequenceGradients network = SequenceGradients.of(model.transformer(), "tiny", DType.F32)) {
      List<Sequence> documents = documents(model);
      int[] passes = new int[1];
      Map<BlockMap, MapFactors> whole =
          fit(network, documents, passes, -1).factors(MAPS, Run.silent(0));
      assertEquals(2 * BATCHES, passes[0]);
      passes[0] = 0;
      CurvatureFit stopped = fit(network, documents, passes, ending);
      assertThrows(
          Stopped.class,
          () -> stopped.factors(MAPS, Optional.of(begun("ab", MAPS)), Run.silent(0)));
      passes[0] = 0;
      Map<BlockMap, MapFactors> resumed =
          fit(network, documents, passes, -1)
              .factors(MAPS, Optional.of(begun("ab", MAPS)), Run.silent(0));
      assertEquals(left, passes[0]);
      for (BlockMap map : MAPS) {
        try (MapFactors one = CurvatureFit.of(whole, map);
            MapFactors two = CurvatureFit.of(resumed, map);
            var _ = NativeScope.open()) {
          Map<String, Tensor> parts = two.parts();
          assertTrue(parts.containsKey("input.1"), "several blocks");
          one.parts()
              .forEach((name, part) ->
                  assertArrayEquals(
                      part.toDoubles(),
                      Objects.requireNonNull(parts.get(name)).toDoubles(),
                      map.name() + " " + name));
        }
      }
    }
  }

  @Test
  void sumsOfOthersAreNotTaken() {
    BegunGroup group = begun("ab", MAPS);
    assertEquals(Optional.empty(), group.find("moments"));
    try (var _ = NativeScope.open()) {
      group.keep("moments", 16, Map.of("x", Tensor.of(new double[] {1 / 3.0}, 1)));
    }
    assertArrayEquals(new double[] {1 / 3.0}, group.find("moments").orElseThrow().of("x"));
    assertEquals(16, group.find("moments").orElseThrow().batches());
    assertTrue(group.find("squares").isEmpty(), "of another stage");
    assertTrue(begun("cd", MAPS).find("moments").isEmpty(), "of another corpus");
    assertTrue(begun("ab", MAPS.subList(0, 1)).find("moments").isEmpty(), "of other maps");
    group.delete();
    assertFalse(Files.exists(folder.resolve("begun.safetensors")));
  }
}
