package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.examination.SetScores.OrderScores;
import dev.loupe.examination.SetScores.SwapScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SetScoresTest {
  private static SetFigures.Ablated ablated(int halves, int changes, int random, double same) {
    return new SetFigures.Ablated(halves, changes, random, -1, same);
  }

  private static List<SetFigures.Ablated> halving(int... halves) {
    return Arrays.stream(halves).mapToObj(each -> ablated(each, -1, 0, 1)).toList();
  }

  @Test
  void mediansCountWhatIsNeverReachedAsLargest() {
    assertEquals(7, OrderScores.of(halving(7)).halves());
    assertEquals(-1, OrderScores.of(halving(-1)).halves());
    assertEquals(3, OrderScores.of(halving(9, -1, 3, 2)).halves(), "the lower of the middle two");
    assertEquals(9, OrderScores.of(halving(-1, 9, -1, 3)).halves());
    assertEquals(-1, OrderScores.of(halving(-1, 9, -1)).halves());
    assertEquals(9, OrderScores.of(halving(-1, 9)).halves());
  }

  @Test
  void ofOneOrder() {
    OrderScores scores =
        OrderScores.of(
            List.of(
                new SetFigures.Ablated(2, 4, 3, 6, 0.8),
                new SetFigures.Ablated(5, -1, 1, -1, 0.6),
                new SetFigures.Ablated(-1, -1, 0, -1, 1)));
    assertEquals(5, scores.halves());
    assertEquals(-1, scores.changes());
    assertEquals(-1, scores.restores());
    assertEquals(2.0 / 3, scores.decided().value());
    assertEquals(4.0 / 20, scores.random().value(), "of ten sets each where some number decides");
    assertEquals(0.7, scores.same(), 1e-12, "where some number decides");
    OrderScores none = OrderScores.of(halving(-1, -1));
    assertEquals(0, none.decided().value());
    assertEquals(0, none.random().value());
    assertEquals(1, none.same());
  }

  private static SetFigures figures(int hops, String verdict, int... needed) {
    return new SetFigures(
        "q" + hops + verdict + needed.length,
        hops,
        false,
        ablated(1, 1, 0, 1),
        ablated(-1, -1, 0, 1),
        verdict,
        IntStream.of(needed)
            .mapToObj(each -> new SetFigures.Swapped(each, 1, each > 0 && each < 50, 2))
            .toList());
  }

  @Test
  void ofAllQuestions() {
    SetScores scores =
        SetScores.of(
            List.of(
                figures(2, "strong", 5, 6),
                figures(1, "partial", -1, 100, 101),
                figures(2, "weak", 40),
                figures(3, "strong")));
    assertEquals(4, scores.questions());
    assertEquals(0.5, scores.strong().value());
    assertEquals(0.25, scores.partial().value());
    assertEquals(1, scores.effect().halves());
    assertEquals(-1, scores.influence().halves());
    assertEquals(
        List.of(1, 2), scores.swaps().stream().map(SwapScores::hops).toList(), "3 has no pair");
    SwapScores one = scores.swaps().getFirst();
    assertEquals(3, one.pairs());
    assertEquals(101, one.needed());
    SwapScores two = scores.swaps().getLast();
    assertEquals(3, two.pairs());
    assertEquals(6, two.needed());
    assertEquals(List.of(5, 10, 20, 40, 100), SetScores.SIZES);
    assertEquals(List.of(1, 2, 2, 3, 3), arrived(two));
    assertEquals(List.of(0, 0, 0, 0, 1), arrived(one));
    assertEquals(0.1, two.random().value(), 1e-12);
    assertEquals(1, two.removed().value(), 1e-12);
    assertEquals(0, one.removed().value(), 1e-12);
    assertEquals(0.2, one.removedRandom().value(), 1e-12);
  }

  private static List<Integer> arrived(SwapScores scores) {
    List<Integer> arrived = new ArrayList<>();
    scores.arrived().forEach(each -> arrived.add((int) Math.round(3 * each.value())));
    return arrived;
  }
}
