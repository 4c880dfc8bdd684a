package dev.loupe.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.task.Metric;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Single nodes of the fixtures: which there are, their exact effects, and scores of first order.
 */
@Tag("oracle")
class EffectsOracleTest {
  @TestFactory
  List<DynamicTest> nodesAreThoseOnInEitherRun() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      PromptRun clean = fixture.clean(p);
      TreeSet<FeatureAt> nodes = new TreeSet<>(clean.nodes());
      nodes.addAll(PromptRun.of(fixture.model, fixture.basis, fixture.pair(p).twin()).nodes());
      assertEquals(fixture.nodes(p), List.copyOf(nodes));
      assertEquals(
          fixture.prompt(p).get("metric_clean").asDouble(),
          fixture.metric(clean.logits(), p),
          fixture.tolerance());
    });
  }

  @TestFactory
  List<DynamicTest> exactEffectsOfEachAblation() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      PromptRun clean = fixture.clean(p);
      List<FeatureAt> nodes = fixture.nodes(p);
      try (NodeEffects effects =
          new NodeEffects(fixture.model, fixture.basis, fixture.pair(p).clean())) {
        for (String mode : List.of("zero", "mean", "mean_pos", "patch")) {
          Reference reference = fixture.reference(mode, p);
          double[] found =
              effects.values(
                  nodes,
                  clean,
                  reference,
                  logits -> fixture.metric(logits, p) - fixture.metric(clean.logits(), p),
                  _ -> {});
          CircuitFixture.assertClose(
              fixture.doubles("p%d.effect.%s.keep".formatted(p, mode)),
              found,
              fixture.tolerance(),
              mode);
        }
      }
    });
  }

  @TestFactory
  List<DynamicTest> exactEffectsWithoutErrors() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      PromptRun clean = fixture.clean(p);
      List<FeatureAt> nodes = fixture.nodes(p);
      LayerRuns runs = new LayerRuns(fixture.model, fixture.basis, clean);
      try (Reference own = Reference.twin(fixture.model, fixture.basis, fixture.pair(p).clean())) {
        for (String mode : List.of("zero", "mean", "mean_pos", "patch")) {
          List<Double> found = new ArrayList<>();
          for (int layer : fixture.basis.layers()) {
            List<FeatureAt> some = of(nodes, layer);
            double[][] logits =
                runs.logitsWithoutErrors(layer, some, fixture.reference(mode, p), own);
            double base = fixture.metric(logits[some.size()], p);
            assertEquals(
                fixture.doubles("p%d.decoded.metric".formatted(p))[layer],
                base,
                fixture.tolerance());
            for (int i = 0; i < some.size(); i++) {
              found.add(fixture.metric(logits[i], p) - base);
            }
          }
          CircuitFixture.assertClose(
              fixture.doubles("p%d.effect.%s.remove".formatted(p, mode)),
              found.stream().mapToDouble(Double::doubleValue).toArray(),
              fixture.tolerance(),
              mode);
        }
      }
    });
  }

  @TestFactory
  List<DynamicTest> changesOfTheNextLayer() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      List<FeatureAt> nodes = fixture.nodes(p);
      LayerRuns runs = new LayerRuns(fixture.model, fixture.basis, fixture.clean(p));
      try (Reference own = Reference.twin(fixture.model, fixture.basis, fixture.pair(p).clean())) {
        for (String mode : List.of("zero", "patch")) {
          for (String errors : List.of("keep", "remove")) {
            for (int layer : fixture.basis.layers()) {
              if (layer + 1 < fixture.basis.layers().size()) {
                double[][] found =
                    runs.changes(
                        of(nodes, layer),
                        of(nodes, layer + 1),
                        fixture.reference(mode, p),
                        errors.equals("keep") ? Optional.empty() : Optional.of(own));
                CircuitFixture.assertClose(
                    fixture.doubles("p%d.next.%s.%s.%d".formatted(p, mode, errors, layer)),
                    Arrays.stream(found).flatMapToDouble(Arrays::stream).toArray(),
                    fixture.tolerance(),
                    mode + " " + errors);
              }
            }
          }
        }
      }
    });
  }

  private static List<FeatureAt> of(List<FeatureAt> nodes, int layer) {
    return nodes.stream().filter(node -> node.layer() == layer).toList();
  }

  @TestFactory
  List<DynamicTest> attributionPatchingAndItsGradients() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      PromptRun clean = fixture.clean(p);
      List<FeatureAt> nodes = fixture.nodes(p);
      try (Slopes slopes =
          Slopes.clean(
              fixture.model,
              fixture.basis,
              fixture.pair(p),
              Metric.LOGIT_DIFFERENCE,
              clean.logits())) {
        double[] grad = fixture.doubles("p%d.grad".formatted(p));
        for (int layer : fixture.basis.layers()) {
          try (var _ = NativeScope.open()) {
            double[] found = slopes.gradient(fixture.basis.writes(layer).getFirst()).toDoubles();
            CircuitFixture.assertClose(
                CircuitFixture.row(grad, layer, found.length), found, fixture.tolerance(), "grad");
          }
        }
        for (String mode : List.of("zero", "mean", "mean_pos", "patch")) {
          CircuitFixture.assertClose(
              fixture.doubles("p%d.atp.%s".formatted(p, mode)),
              slopes.effects(nodes, clean, fixture.reference(mode, p)),
              fixture.tolerance(),
              mode);
        }
        try (Reference own =
            Reference.twin(fixture.model, fixture.basis, fixture.pair(p).clean())) {
          for (String mode : List.of("zero", "patch")) {
            CircuitFixture.assertClose(
                fixture.doubles("p%d.atp_error.%s".formatted(p, mode)),
                slopes.errorEffects(own, fixture.reference(mode, p)),
                fixture.tolerance(),
                "errors " + mode);
          }
        }
      }
    });
  }

  @TestFactory
  List<DynamicTest> integratedGradientsAlongLayers() throws IOException {
    double[] left = IntStream.range(0, 10).mapToDouble(k -> k / 10.).toArray();
    double[] middle = IntStream.range(0, 64).mapToDouble(k -> (k + .5) / 64).toArray();
    return CircuitFixture.each((fixture, p) -> {
      PromptRun clean = fixture.clean(p);
      List<FeatureAt> nodes = fixture.nodes(p);
      for (String mode : List.of("zero", "patch")) {
        for (Map.Entry<String, double[]> rule :
            Map.of("ig10", left, "ig64mid", middle).entrySet()) {
          String name = rule.getKey();
          double[] points = rule.getValue();
          try (Slopes slopes =
              Slopes.alongLayers(
                  fixture.model,
                  fixture.basis,
                  fixture.pair(p),
                  Metric.LOGIT_DIFFERENCE,
                  clean.logits(),
                  fixture.reference(mode, p),
                  points)) {
            CircuitFixture.assertClose(
                fixture.doubles("p%d.%s.%s".formatted(p, name, mode)),
                slopes.effects(nodes, clean, fixture.reference(mode, p)),
                fixture.tolerance(),
                name + " " + mode);
          }
        }
      }
    });
  }

  @TestFactory
  List<DynamicTest> noPathReplacesLayersThatAreNoCut() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      FeatureBasis neurons = NeuronBasis.of(fixture.model);
      try (Reference zero = Reference.zero(neurons)) {
        String message =
            assertThrows(
                    LoupeException.class,
                    () ->
                        Slopes.alongLayers(
                            fixture.model,
                            neurons,
                            fixture.pair(p),
                            Metric.LOGIT_DIFFERENCE,
                            fixture.clean(p).logits(),
                            zero,
                            new double[] {0}))
                .getMessage();
        assertTrue(message.contains("do not cut the stream"), message);
      }
    });
  }
}
