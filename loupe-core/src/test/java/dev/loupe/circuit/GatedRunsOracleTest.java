package dev.loupe.circuit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.OracleFiles;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Circuits kept in part, over the fixtures' models. */
@Tag("oracle")
class GatedRunsOracleTest {
  private static List<FeatureId> all(FeatureBasis basis, Errors errors) {
    return basis.layers().stream()
        .flatMap(layer ->
            Stream.concat(
                IntStream.range(0, basis.features(layer))
                    .mapToObj(feature -> new FeatureId(layer, feature)),
                Stream.of(FeatureId.error(layer)).limit(errors == Errors.NODES ? 1 : 0)))
        .toList();
  }

  private static GatedRuns runs(CircuitFixture fixture, Errors errors) {
    return new GatedRuns(
        fixture.model, fixture.basis, errors, Metric.LOGIT_DIFFERENCE, all(fixture.basis, errors));
  }

  private static Prepared.Item item(CircuitFixture fixture, int p, String mode) {
    return new Prepared.Item(
        fixture.pair(p), fixture.clean(p), Optional.empty(), fixture.reference(mode, p));
  }

  private static double value(GatedRuns runs, Prepared.Item item, double[] gates) {
    double[] found = new double[1];
    runs.slopes(
        List.of(item),
        gates,
        values -> {
          found[0] = values[0];
          return new double[] {1};
        });
    return found[0];
  }

  /** In the whole model each gate is worth what attribution patching says of its feature. */
  @TestFactory
  List<DynamicTest> openGatesAreWorthTheirAttribution() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      double[] atp = fixture.doubles("p%d.atp.patch".formatted(p));
      List<FeatureAt> nodes = fixture.nodes(p);
      Map<FeatureId, Double> expected = new HashMap<>();
      for (int i = 0; i < atp.length; i++) {
        expected.merge(nodes.get(i).id(), -atp[i], Double::sum);
      }
      double[] ofErrors = fixture.doubles("p%d.atp_error.patch".formatted(p));
      int length = fixture.pair(p).length();
      for (int i = 0; i < ofErrors.length; i++) {
        expected.merge(FeatureId.error(i / length), -ofErrors[i], Double::sum);
      }
      for (Errors errors : List.of(Errors.KEPT, Errors.NODES)) {
        try (GatedRuns runs = runs(fixture, errors)) {
          double[] open = new double[runs.candidates().size()];
          Arrays.fill(open, 1);
          double[] found =
              runs.slopes(List.of(item(fixture, p, "patch")), open, _ -> new double[] {1});
          assertArrayEquals(
              runs.candidates().stream().mapToDouble(id -> expected.getOrDefault(id, 0.)).toArray(),
              found,
              fixture.tolerance());
        }
      }
    });
  }

  /** Gates of 0 and 1 are a circuit. */
  @TestFactory
  List<DynamicTest> shutAndOpenGatesAreCircuits() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      Random random = new Random(5);
      for (Errors errors : Errors.values()) {
        for (String mode : List.of("patch", "mean", "mean_pos")) {
          try (GatedRuns runs = runs(fixture, errors)) {
            List<FeatureId> kept = new ArrayList<>();
            double[] gates = new double[runs.candidates().size()];
            for (int i = 0; i < gates.length; i++) {
              if (random.nextInt(3) == 0) {
                gates[i] = 1;
                kept.add(runs.candidates().get(i));
              }
            }
            Prepared.Item item = item(fixture, p, mode);
            double[] logits =
                new CircuitRuns(fixture.model, fixture.basis, errors)
                    .logits(
                        List.of(
                            CircuitRuns.Row.keeping(
                                item.pair().clean(), item.reference(), NodeSet.everywhere(kept))))
                    .getFirst();
            assertEquals(
                fixture.metric(logits, p),
                value(runs, item, gates),
                fixture.tolerance(),
                errors + " " + mode);
          }
        }
      }
    });
  }

  /** Features of several layers write at one place, whose error is kept or not. */
  @Test
  void errorsOfTranscoders() {
    Path root = OracleFiles.at("attribution");
    int[] ids = {7, 3, 11, 3, 5};
    TokenPair pair = new TokenPair(ids, Optional.empty(), new int[] {4}, new int[] {9});
    for (String name : List.of("gpt2-clt-jumprelu", "gpt2-plt-skip", "gpt2-plt-relu")) {
      try (Transformer model =
              ModelLoader.transformer(root.resolve("models/gpt2-tiny"), LoadOptions.of(DType.F64));
          Dictionary opened =
              DictionaryFiles.open(root.resolve("dictionaries").resolve(name), Optional.empty());
          Dictionary basis = opened.computingIn(DType.F64);
          Reference reference = Reference.twin(model, basis, new int[] {2, 8, 1, 3, 6})) {
        List<FeatureId> all = all(basis, Errors.NODES);
        Prepared.Item item =
            new Prepared.Item(pair, PromptRun.of(model, basis, ids), Optional.empty(), reference);
        try (GatedRuns runs =
            new GatedRuns(model, basis, Errors.NODES, Metric.LOGIT_DIFFERENCE, all)) {
          Random random = new Random(8);
          for (int trial = 0; trial < 4; trial++) {
            double[] gates = random.ints(all.size(), 0, 2).asDoubleStream().toArray();
            List<FeatureId> kept =
                IntStream.range(0, gates.length)
                    .filter(i -> gates[i] == 1)
                    .mapToObj(runs.candidates()::get)
                    .toList();
            double[] logits =
                new CircuitRuns(model, basis, Errors.NODES)
                    .logits(
                        List.of(CircuitRuns.Row.keeping(ids, reference, NodeSet.everywhere(kept))))
                    .getFirst();
            assertEquals(
                Metric.LOGIT_DIFFERENCE.value(logits, pair, logits),
                value(runs, item, gates),
                1e-9,
                name);
          }
        }
      }
    }
  }

  /** The derivatives are those of differences, wherever the gates stand. */
  @TestFactory
  List<DynamicTest> derivativesAreThoseOfDifferences() throws IOException {
    double step = 1e-6;
    return CircuitFixture.each((fixture, p) -> {
      assumeTrue(fixture.tolerance() < 1e-6, "differences of single floats are noise");
      Random random = new Random(6);
      for (Errors errors : Errors.values()) {
        try (GatedRuns runs = runs(fixture, errors)) {
          double[] gates = random.doubles(runs.candidates().size()).toArray();
          Prepared.Item item = item(fixture, p, "patch");
          double[] found = runs.slopes(List.of(item), gates, _ -> new double[] {1});
          for (int trial = 0; trial < 12; trial++) {
            int gate = trial == 0 ? gates.length - 1 : random.nextInt(gates.length);
            double[] more = gates.clone();
            double[] less = gates.clone();
            more[gate] += step;
            less[gate] -= step;
            assertEquals(
                (value(runs, item, more) - value(runs, item, less)) / (2 * step),
                found[gate],
                1e-6,
                errors + " " + runs.candidates().get(gate));
          }
        }
      }
    });
  }
}
