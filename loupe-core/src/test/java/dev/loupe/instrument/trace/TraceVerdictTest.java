package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.trace.TraceVerdict.Criterion;
import dev.loupe.instrument.trace.TraceVerdict.Strength;
import dev.loupe.report.Evidence;
import dev.loupe.statistics.Proportion;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The rule, by tests written down by hand: five of a hundred active units decide. */
class TraceVerdictTest {
  private static final OptionalInt NONE = OptionalInt.empty();
  private static final OptionalInt FIVE = OptionalInt.of(5);

  /** As it takes to be strong, each at its bound: what a test changes makes it miss one. */
  private static final Figures STRONG = new Figures(FIVE, FIVE, 10, 1, 80, OptionalInt.of(3), 1);

  /**
   * What the verdict looks at.
   *
   * @param halvedRandom of ten random sets those that halve the probability
   * @param changedRandom of ten those that change the answer
   * @param stay of a hundred predictions elsewhere
   * @param restoredRandom of ten random sets kept those that restore the answer
   */
  private record Figures(
      OptionalInt halves,
      OptionalInt changes,
      int halvedRandom,
      int changedRandom,
      int stay,
      OptionalInt restores,
      int restoredRandom) {
    SetTest test() {
      boolean isDecided = halves.isPresent() || changes.isPresent();
      return new SetTest(
          SetTest.Order.EFFECT,
          20,
          List.of("0/1@2"),
          0.9,
          List.of(
              new SetTest.Point(0, 0.9, " Paris", Optional.empty()),
              new SetTest.Point(5, 0.05, " London", draws(halvedRandom, changedRandom)),
              new SetTest.Point(20, isDecided ? 0.01 : 0.7, " London", Optional.empty())),
          halves,
          changes,
          List.of(
              new SetTest.Point(0, 0.02, " the", Optional.empty()),
              new SetTest.Point(3, 0.6, " Paris", draws(10 - restoredRandom, 0)),
              new SetTest.Point(20, 0.8, " Paris", Optional.empty())),
          restores,
          new SetTest.Rival(" Paris", 9, 2),
          List.of(),
          isDecided
              ? Optional.of(
                  new SetTest.Elsewhere(
                      Proportion.wilson(stay, 100, 0.95), Proportion.wilson(99, 100, 0.95)))
              : Optional.empty(),
          "four texts",
          4);
    }

    private static Optional<SetTest.Draws> draws(int halved, int changed) {
      return Optional.of(new SetTest.Draws(10, 0.85, 0.2, 0.95, halved, changed, 0.98));
    }

    Figures changes(OptionalInt other) {
      return new Figures(
          halves, other, halvedRandom, changedRandom, stay, restores, restoredRandom);
    }

    Figures halves(OptionalInt other) {
      return new Figures(
          other, changes, halvedRandom, changedRandom, stay, restores, restoredRandom);
    }

    Figures halvedRandom(int other) {
      return new Figures(halves, changes, other, changedRandom, stay, restores, restoredRandom);
    }

    Figures changedRandom(int other) {
      return new Figures(halves, changes, halvedRandom, other, stay, restores, restoredRandom);
    }

    Figures stay(int other) {
      return new Figures(
          halves, changes, halvedRandom, changedRandom, other, restores, restoredRandom);
    }

    Figures restores(OptionalInt other) {
      return new Figures(halves, changes, halvedRandom, changedRandom, stay, other, restoredRandom);
    }

    Figures restoredRandom(int other) {
      return new Figures(halves, changes, halvedRandom, changedRandom, stay, restores, other);
    }
  }

  private static TraceVerdict verdict(Figures figures) {
    return TraceVerdict.of(figures.test(), 0.5, 100, "neuron");
  }

  private static void assertMisses(Strength strength, TraceVerdict verdict, String... missed) {
    assertEquals(
        List.of(missed),
        verdict.criteria().stream().filter(each -> !each.met()).map(Criterion::name).toList());
    assertEquals(strength, verdict.strength());
  }

  @Test
  void strongMeetsAllAtTheirBounds() {
    TraceVerdict verdict = verdict(STRONG);
    assertMisses(Strength.STRONG, verdict);
    assertEquals(
        List.of("necessary", "specific", "sufficient", "followed"),
        verdict.criteria().stream().map(Criterion::name).toList());
    assertEquals("strong", verdict.strength().word());
    assertEquals(
        "ablating 5 of 100 active neurons takes the answer from 90% to 5.0%, random ones of the same"
            + " size to 85% (median)",
        verdict.criteria().getFirst().says());
    assertEquals(
        "3 neurons alone, all others at their means, give the answer 60%, random ones 85% (median)",
        verdict.criteria().get(2).says());
  }

  @Test
  void aDecidingSetThatIsLargeOrNoBetterThanRandomOnesIsWeak() {
    assertMisses(Strength.WEAK, TraceVerdict.of(STRONG.test(), 0.5, 99, "neuron"), "necessary");
    assertMisses(Strength.WEAK, verdict(STRONG.changedRandom(2)), "necessary");
  }

  @Test
  void noDecidingSetIsWeakWhateverElseHolds() {
    TraceVerdict verdict = verdict(STRONG.changes(NONE).halves(NONE));
    assertMisses(Strength.WEAK, verdict, "necessary", "specific");
    assertEquals(
        "ablating all 20 listed neurons that support the answer leaves it at 70%",
        verdict.criteria().getFirst().says());
  }

  @Test
  void whereTheAnswerStaysRandomSetsAreJudgedByHalving() {
    assertMisses(Strength.STRONG, verdict(STRONG.changes(NONE).halvedRandom(1)));
    assertMisses(Strength.WEAK, verdict(STRONG.changes(NONE).halvedRandom(2)), "necessary");
  }

  @Test
  void anyOtherThatIsMissedMakesItPartial() {
    assertMisses(Strength.PARTIAL, verdict(STRONG.stay(79)), "specific");
    assertMisses(Strength.PARTIAL, verdict(STRONG.restoredRandom(2)), "sufficient");
    assertMisses(Strength.PARTIAL, verdict(STRONG.restores(NONE)), "sufficient");
    assertMisses(Strength.PARTIAL, TraceVerdict.of(STRONG.test(), 0.49, 100, "neuron"), "followed");
    assertMisses(
        Strength.PARTIAL,
        TraceVerdict.of(STRONG.stay(0).restores(NONE).test(), 0, 100, "neuron"),
        "specific",
        "sufficient",
        "followed");
  }

  @Test
  void theTestsAreEvidenceWithoutAVerdict() {
    List<Evidence> evidence = TraceVerdict.evidence(STRONG.test(), "neuron");
    assertEquals(3, evidence.size());
    assertEquals(
        "Ablating the first 5 neurons together changes the answer (90% → 5.0%)",
        evidence.getFirst().checked());
    List<Evidence> halved = TraceVerdict.evidence(STRONG.changes(NONE).test(), "neuron");
    assertTrue(
        halved.getFirst().checked().contains("halves its probability"),
        halved.getFirst().checked());
    assertEquals(
        List.of(),
        TraceVerdict.evidence(STRONG.changes(NONE).halves(NONE).restores(NONE).test(), "neuron"));
  }
}
