package dev.loupe.circuit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.task.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Circuits kept in part, over the fixtures' models. */
@Tag("oracle")
class GatedRunsOracleTest {
  private static List<FeatureId> all(CircuitFixture fixture) {
    return fixture.basis.layers().stream()
        .flatMap(layer ->
            IntStream.range(0, fixture.basis.features(layer))
                .mapToObj(feature -> new FeatureId(layer, feature)))
        .toList();
  }

  private static GatedRuns runs(CircuitFixture fixture, Errors errors) {
    return new GatedRuns(
        fixture.model, fixture.basis, errors, Metric.LOGIT_DIFFERENCE, all(fixture));
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
      try (GatedRuns runs = runs(fixture, Errors.KEPT)) {
        double[] open = new double[runs.candidates().size()];
        Arrays.fill(open, 1);
        double[] found =
            runs.slopes(List.of(item(fixture, p, "patch")), open, _ -> new double[] {1});
        assertArrayEquals(
            runs.candidates().stream().mapToDouble(id -> expected.getOrDefault(id, 0.)).toArray(),
            found,
            fixture.tolerance());
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
            int gate = random.nextInt(gates.length);
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
