package dev.loupe.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.task.Metric;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Circuits of the fixtures: curves and their areas, pruning, the layerwise search. */
@Tag("oracle")
class CircuitsOracleTest {
  private static final List<String> MODES = List.of("zero", "mean_pos", "patch");

  private static List<FeatureAt> first(List<FeatureAt> nodes, int[] order, int size) {
    return Arrays.stream(order, 0, size).mapToObj(nodes::get).toList();
  }

  @TestFactory
  List<DynamicTest> curvesOfEveryRanking() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      List<FeatureAt> nodes = fixture.nodes(p);
      int[] ids = fixture.pair(p).clean();
      for (String mode : MODES) {
        Reference reference = fixture.reference(mode, p);
        for (String errors : List.of("keep", "remove")) {
          CircuitRuns runs =
              new CircuitRuns(fixture.model, fixture.basis, CircuitFixture.errors(errors));
          JsonNode entry = fixture.prompt(p).get("curves").get(mode + "." + errors);
          List<double[]> ends =
              runs.logits(
                  List.of(
                      CircuitRuns.Row.keeping(ids, reference, NodeSet.EMPTY),
                      CircuitRuns.Row.keeping(ids, reference, NodeSet.at(nodes)),
                      CircuitRuns.Row.everything(ids, reference)));
          double empty = fixture.metric(ends.get(0), p);
          assertEquals(entry.get("empty").asDouble(), empty, fixture.curveTolerance());
          assertEquals(
              entry.get("all_nodes").asDouble(),
              fixture.metric(ends.get(1), p),
              fixture.curveTolerance());
          if (errors.equals("keep")) {
            CircuitFixture.assertClose(
                fixture.clean(p).logits(), ends.get(2), fixture.tolerance(), "everything kept");
          }
          for (String ranking : List.of("exact.signed", "atp.absolute", "random0.signed")) {
            double[] values =
                fixture.doubles("p%d.curve.%s.%s.%s".formatted(p, mode, errors, ranking));
            curve(fixture, p, nodes, runs, reference, ranking, values);
          }
        }
      }
    });
  }

  private static void curve(
      CircuitFixture fixture,
      int p,
      List<FeatureAt> nodes,
      CircuitRuns runs,
      Reference reference,
      String ranking,
      double[] expected) {
    int[] order = order(fixture, p, ranking);
    int[] sizes = Shares.sizes(nodes.size());
    assertEquals(
        Arrays.stream(sizes).boxed().toList(),
        Arrays.stream(CircuitFixture.ids(fixture.prompt(p).get("sizes"))).boxed().toList());
    List<CircuitRuns.Row> rows = new ArrayList<>();
    int[] ids = fixture.pair(p).clean();
    for (int size : sizes) {
      rows.add(CircuitRuns.Row.keeping(ids, reference, NodeSet.at(first(nodes, order, size))));
    }
    for (int size : sizes) {
      rows.add(CircuitRuns.Row.without(ids, reference, NodeSet.at(first(nodes, order, size))));
    }
    double[] found =
        runs.logits(rows).stream().mapToDouble(logits -> fixture.metric(logits, p)).toArray();
    CircuitFixture.assertClose(
        Arrays.copyOf(expected, found.length), found, fixture.curveTolerance(), ranking);
  }

  @TestFactory
  List<DynamicTest> errorsAreNodesOfTheirOwn() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      int[] ids = fixture.pair(p).clean();
      List<FeatureAt> errors = new ArrayList<>();
      for (int layer : fixture.basis.layers()) {
        for (int position = 0; position < ids.length; position++) {
          errors.add(new FeatureAt(FeatureId.error(layer), position));
        }
      }
      CircuitRuns runs = new CircuitRuns(fixture.model, fixture.basis, Errors.NODES);
      for (String mode : List.of("zero", "patch")) {
        Reference reference = fixture.reference(mode, p);
        double own = fixture.metric(fixture.clean(p).logits(), p);
        CircuitFixture.assertClose(
            fixture.doubles("p%d.effect_error.%s".formatted(p, mode)),
            runs
                .logits(
                    errors.stream()
                        .map(each ->
                            CircuitRuns.Row.without(ids, reference, NodeSet.at(List.of(each))))
                        .toList())
                .stream()
                .mapToDouble(logits -> fixture.metric(logits, p) - own)
                .toArray(),
            fixture.tolerance(),
            mode);
      }
      // All of them kept, or none: as if they were kept, or ablated.
      List<FeatureAt> half = fixture.nodes(p).stream().filter(node -> node.feature() < 20).toList();
      for (String mode : MODES) {
        Reference reference = fixture.reference(mode, p);
        for (boolean without : new boolean[] {false, true}) {
          for (boolean all : new boolean[] {false, true}) {
            List<FeatureAt> nodes = new ArrayList<>(half);
            nodes.addAll(all ? errors : List.of());
            Errors same = all == without ? Errors.ABLATED : Errors.KEPT;
            CircuitFixture.assertClose(
                logits(
                    new CircuitRuns(fixture.model, fixture.basis, same),
                    ids,
                    reference,
                    half,
                    without),
                logits(runs, ids, reference, nodes, without),
                fixture.tolerance(),
                mode + " " + without + " " + all);
          }
        }
      }
    });
  }

  private static double[] logits(
      CircuitRuns runs, int[] ids, Reference reference, List<FeatureAt> nodes, boolean without) {
    return runs.logits(List.of(new CircuitRuns.Row(ids, reference, NodeSet.at(nodes), without)))
        .getFirst();
  }

  private static int[] order(CircuitFixture fixture, int p, String ranking) {
    String name = ranking.substring(0, ranking.indexOf('.'));
    if (name.startsWith("random")) {
      int[] all = fixture.ints("p%d.random_orders".formatted(p));
      int n = fixture.nodes(p).size();
      int row = name.charAt(name.length() - 1) - '0';
      return Arrays.copyOfRange(all, row * n, (row + 1) * n);
    }
    String source = name.equals("exact") ? "effect.patch.keep" : name + ".patch";
    boolean absolute = ranking.endsWith("absolute");
    return Shares.ranked(
        Arrays.stream(fixture.doubles("p%d.%s".formatted(p, source)))
            .map(value -> absolute ? Math.abs(value) : -value)
            .toArray());
  }

  @TestFactory
  List<DynamicTest> areasOfStoredCurves() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      for (String mode : MODES) {
        for (String errors : List.of("keep", "remove")) {
          JsonNode entry = fixture.prompt(p).get("curves").get(mode + "." + errors);
          for (String ranking : List.of("exact", "atp", "ig10")) {
            for (String kind : List.of("signed", "absolute")) {
              double[] all =
                  fixture.doubles(
                      "p%d.curve.%s.%s.%s.%s".formatted(p, mode, errors, ranking, kind));
              double[] f = CircuitFixture.row(all, 2, Shares.MIB.size());
              JsonNode areas = entry.get(ranking + "." + kind);
              assertEquals(areas.get("cpr").asDouble(), Shares.cpr(f), 1e-9);
              assertEquals(areas.get("cmd").asDouble(), Shares.cmd(f), 1e-9);
            }
          }
        }
      }
    });
  }

  @TestFactory
  List<DynamicTest> greedyPruningKeepsTheSameNodes() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      List<FeatureAt> nodes = fixture.nodes(p);
      for (JsonNode each : fixture.prompt(p).get("greedy")) {
        String mode = each.get("mode").asString();
        String by = each.get("by").asString();
        String tag = "%s.%s.%s".formatted(mode, by, each.get("tau").asString());
        double[] scores = fixture.doubles("p%d.atp.%s".formatted(p, mode));
        Pruning.Pruned pruned =
            new Pruning(
                    fixture.model,
                    fixture.basis,
                    Errors.KEPT,
                    fixture.pair(p),
                    fixture.clean(p),
                    fixture.reference(mode, p))
                .greedy(
                    nodes,
                    scores,
                    each.get("tau").asDouble(),
                    by.equals("kl") ? Metric.KL : Metric.LOGIT_DIFFERENCE);
        if (fixture.dtype == DType.F64 || each.get("margin").asDouble() > 1e-4) {
          assertEquals(
              Arrays.stream(CircuitFixture.ids(each.get("kept"))).boxed().toList(),
              pruned.kept(),
              tag);
          assertEquals(
              each.get("value").asDouble() * (by.equals("kl") ? -1 : 1),
              pruned.value(),
              fixture.curveTolerance(),
              tag);
          CircuitFixture.assertClose(
              fixture.doubles("p%d.greedy.%s.change".formatted(p, tag)),
              pruned.changes(),
              fixture.curveTolerance(),
              tag);
        } else {
          Set<Integer> differing = new HashSet<>(pruned.kept());
          Arrays.stream(CircuitFixture.ids(each.get("kept")))
              .forEach(i -> {
                if (!differing.remove(i)) {
                  differing.add(i);
                }
              });
          assertTrue(differing.size() <= 4, tag + " differs at " + differing);
        }
      }
    });
  }

  @TestFactory
  List<DynamicTest> theLayerwiseSearchFindsTheSameNodesAndEdges() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      List<FeatureAt> nodes = fixture.nodes(p);
      LayerRuns runs = new LayerRuns(fixture.model, fixture.basis, fixture.clean(p));
      for (JsonNode each : fixture.prompt(p).get("layerwise")) {
        String mode = each.get("mode").asString();
        Reference reference = fixture.reference(mode, p);
        Layerwise.Found found =
            Layerwise.search(
                fixture.basis.layers(),
                nodes,
                fixture.clean(p),
                fixture.doubles("p%d.effect.%s.keep".formatted(p, mode)),
                each.get("scale").asDouble(),
                each.get("tau_node").asDouble(),
                each.get("tau_edge").asDouble(),
                (from, to) -> runs.changes(from, to, reference, Optional.empty()));
        if (fixture.dtype == DType.F32 && each.get("margin").asDouble() < 1e-3) {
          continue; // a decision within rounding
        }
        assertEquals(at(nodes, each.get("nodes")), found.nodes(), mode);
        assertEquals(each.get("edges").size(), found.edges().size(), mode);
        assertEquals(at(nodes, each.get("pruned")), found.pruned(0.9), mode);
        for (FeatureAt node : found.nodes()) {
          assertEquals(
              each.get("importance").get(Integer.toString(nodes.indexOf(node))).asDouble(),
              found.importance().getOrDefault(node, 0.),
              fixture.curveTolerance());
        }
      }
    });
  }

  private static List<FeatureAt> at(List<FeatureAt> nodes, JsonNode numbers) {
    return Arrays.stream(CircuitFixture.ids(numbers)).mapToObj(nodes::get).toList();
  }

  @TestFactory
  List<DynamicTest> roundsOfOneLayer() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      List<FeatureAt> nodes = fixture.nodes(p);
      for (JsonNode each : fixture.prompt(p).get("gpt_circuits")) {
        List<FeatureAt> candidates = at(nodes, each.get("candidates"));
        Pruning.Rounds rounds =
            new Pruning(
                    fixture.model,
                    fixture.basis,
                    Errors.REMOVED,
                    fixture.pair(p),
                    fixture.clean(p),
                    fixture.reference("zero", p))
                .rounds(candidates);
        if (fixture.dtype == DType.F64) {
          assertEquals(
              at(nodes, each.get("removed")),
              rounds.removed().stream().map(candidates::get).toList());
        }
        CircuitFixture.assertClose(
            each.get("kl_before").valueStream().mapToDouble(JsonNode::asDouble).toArray(),
            rounds.divergences(),
            fixture.dtype == DType.F64 ? 1e-9 : 1e-1,
            "divergences");
        for (String threshold : each.get("kept").propertyNames()) {
          if (fixture.dtype == DType.F64) {
            assertEquals(
                at(nodes, each.get("kept").get(threshold)),
                rounds.kept(Double.parseDouble(threshold)).stream().map(candidates::get).toList());
          }
        }
      }
    });
  }

  @TestFactory
  List<DynamicTest> circuitsAtEveryPositionAveragedOverPairs() throws IOException {
    return CircuitFixture.each(
        (fixture, _) -> {
          int[] flat = fixture.ints("agg.nodes");
          List<FeatureId> nodes =
              IntStream.range(0, flat.length / 2)
                  .mapToObj(i -> new FeatureId(flat[2 * i], flat[2 * i + 1]))
                  .toList();
          int[] order = Shares.ranked(fixture.doubles("agg.score"));
          int[] sizes = Shares.sizes(nodes.size());
          for (String mode : MODES) {
            for (String errors : List.of("keep", "remove", "ablate")) {
              CircuitRuns runs =
                  new CircuitRuns(fixture.model, fixture.basis, CircuitFixture.errors(errors));
              double[] found = new double[2 * sizes.length];
              int pairs = fixture.json.get("prompts").size();
              for (int p = 0; p < pairs; p++) {
                List<CircuitRuns.Row> rows = new ArrayList<>();
                for (int i = 0; i < found.length; i++) {
                  NodeSet circuit =
                      NodeSet.everywhere(
                          Arrays.stream(order, 0, sizes[i % sizes.length])
                              .mapToObj(nodes::get)
                              .toList());
                  rows.add(
                      new CircuitRuns.Row(
                          fixture.pair(p).clean(),
                          fixture.reference(mode, p),
                          circuit,
                          i >= sizes.length));
                }
                List<double[]> logits = runs.logits(rows);
                for (int i = 0; i < found.length; i++) {
                  found[i] += fixture.metric(logits.get(i), p) / pairs;
                }
              }
              double[] expected = fixture.doubles("agg.curve.%s.%s.signed".formatted(mode, errors));
              CircuitFixture.assertClose(
                  Arrays.copyOf(expected, found.length),
                  found,
                  fixture.curveTolerance(),
                  mode + " " + errors);
            }
          }
        },
        1);
  }
}
