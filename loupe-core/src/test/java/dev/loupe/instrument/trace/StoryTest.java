package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class StoryTest {
  private static final double CLOSE = 1e-6;

  /**
   * One token; features 0 and 1 read it, 2 reads both of them, the logit reads all: 0 token, … 4
   * logit, rows as shares.
   */
  private static AttributionGraph graph() {
    List<Node> nodes =
        List.of(
            new Node.Feature(0, 0, 0, 1, 1, 1),
            new Node.Feature(0, 0, 1, 1, 1, 1),
            new Node.Feature(1, 0, 2, 1, 1, 1),
            new Node.Token(0, 7),
            new Node.OwnBias(),
            new Node.Logit(3, -1, 0.9f, 1, 1));
    float[][] rows = {
      {0, 0, 0, 0.9f, 0.1f, 0},
      {0, 0, 0, 0.5f, 0.5f, 0},
      {0.6f, 0.2f, 0, 0.2f, 0, 0},
      {},
      {},
      {0.05f, 0.05f, 0.8f, 0.1f, 0, 0}
    };
    return new AttributionGraph(nodes, new EdgeMatrix(rows, new float[6][0], 6));
  }

  private static Supernode supernode(String name, int member, int layer, double probability) {
    return new Supernode(
        name, List.of(member), new Supernode.Layers(layer, layer), 0.1, -1, probability);
  }

  @Test
  void theLongerWayIsToldWhereItsLinksAreStronger() {
    List<Story> told =
        Story.of(
            graph(),
            List.of(
                supernode("first", 0, 0, 0.5),
                supernode("second", 1, 0, 0.89),
                supernode("third", 2, 1, 0.4)),
            0.9);
    Story best = told.getFirst();
    assertEquals(List.of(0, 2), best.supernodes());
    assertEquals(Math.cbrt(0.9 * 0.6 * 0.8), best.strength(), CLOSE);
    assertTrue(best.matters());
    // Neither the token's way through the third alone nor that through the first alone again.
    assertEquals(List.of(1, 2), told.get(1).supernodes());
    assertTrue(!told.get(1).matters(), "ablating the second changes next to nothing");
    assertEquals(2, told.size());
  }

  @Test
  void aWayThatMattersIsToldWhereAllStrongerOnesDoNot() {
    List<Story> told =
        Story.of(
            graph(),
            List.of(
                supernode("first", 0, 0, 0.5),
                supernode("second", 1, 0, 0.9),
                supernode("third", 2, 1, 0.9)),
            0.9);
    assertEquals(List.of(0), told.getLast().supernodes());
    assertTrue(told.getLast().matters());
  }

  @Test
  void withoutSupernodesThereIsNone() {
    assertEquals(List.of(), Story.of(graph(), List.of(), 0.9));
  }
}
