package dev.loupe.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Edges between heads and MLPs of the fixtures. */
@Tag("oracle")
class ComponentEdgesOracleTest {
  @TestFactory
  List<DynamicTest> edgesAndTheirScores() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      ComponentEdges edges = new ComponentEdges(fixture.model);
      List<String> names = new ArrayList<>();
      for (JsonNode name : fixture.json.get("component_graph").get("names")) {
        names.add(name.asString().replace(".h", "."));
      }
      assertEquals(names, edges.edges().stream().map(Object::toString).toList());
      TokenPair pair = fixture.pair(p);
      for (int steps : List.of(0, 5, 20)) {
        String name = steps == 0 ? "eap.patch" : "eapig%d.patch".formatted(steps);
        CircuitFixture.assertClose(
            fixture.doubles("edge_graph.p%d.%s".formatted(p, name)),
            edges.effects(pair, Metric.LOGIT_DIFFERENCE, steps),
            fixture.tolerance(),
            name);
      }
    });
  }

  @TestFactory
  List<DynamicTest> edgesNeedATwin() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      TokenPair pair = fixture.pair(p);
      TokenPair alone = new TokenPair(pair.clean(), Optional.empty(), pair.answers(), pair.foils());
      String message =
          assertThrows(
                  LoupeException.class,
                  () ->
                      new ComponentEdges(fixture.model).effects(alone, Metric.LOGIT_DIFFERENCE, 0))
              .getMessage();
      assertTrue(message.contains("no corrupted twin"), message);
    });
  }
}
