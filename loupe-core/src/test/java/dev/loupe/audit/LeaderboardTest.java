package dev.loupe.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.audit.Leaderboard.Change;
import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class LeaderboardTest {
  private static final List<Double> TARGETS = List.of(0.0, 0.5);

  private final AnswerTally tally = new AnswerTally();

  private void add(String system, int from, int count, Grade grade) {
    for (int i = from; i < from + count; i++) {
      tally.add(
          new Answer(
              system,
              Optional.of("q" + i),
              Optional.empty(),
              Optional.empty(),
              grade,
              OptionalDouble.empty()));
    }
  }

  /** 60 right and 40 wrong beside 50 right and 50 abstained: equal where t/(1 − t) = 10/40. */
  @Test
  void guessingPaysOnlyWithoutTargets() {
    add("guesser", 0, 60, Grade.RIGHT);
    add("guesser", 60, 40, Grade.WRONG);
    add("careful", 0, 50, Grade.RIGHT);
    add("careful", 50, 50, Grade.ABSTAINED);
    Leaderboard board = tally.leaderboard(TARGETS, 0.95, 1);
    assertEquals(0.2, board.pairs().getFirst().breakEven().orElseThrow(), 1e-12);
    assertEquals(1, board.systems().getFirst().ranks().getFirst().rank());
    assertEquals(2, board.systems().getFirst().ranks().getLast().rank());
    assertEquals(List.of(new Change("guesser", "careful", 0.5, true)), board.changes());
    assertEquals(board, again(board));
  }

  private Leaderboard again(Leaderboard board) {
    return tally.leaderboard(TARGETS, board.level(), board.seed());
  }

  /** Ten answers to each of ten items are ten independent answers, not a hundred. */
  @Test
  void repeatedItemsWidenIntervals() {
    AnswerTally repeated = new AnswerTally();
    for (int i = 0; i < 100; i++) {
      Grade grade = i % 10 < 5 ? Grade.RIGHT : Grade.WRONG;
      add("alone", i, 1, grade);
      repeated.add(
          new Answer(
              "repeated",
              Optional.of("q" + i % 10),
              Optional.empty(),
              Optional.empty(),
              grade,
              OptionalDouble.empty()));
    }
    Leaderboard.Row alone = tally.leaderboard(TARGETS, 0.95, 1).systems().getFirst();
    Leaderboard.Row again = repeated.leaderboard(TARGETS, 0.95, 1).systems().getFirst();
    double narrow = alone.accuracy().high() - alone.accuracy().low();
    double wide = again.accuracy().high() - again.accuracy().low();
    assertTrue(again.repeats() && !alone.repeats());
    assertTrue(wide > 2 * narrow, narrow + " " + wide);
    assertTrue(
        again.scores().getFirst().interval().width()
            > 3 * alone.scores().getFirst().interval().width());
  }

  @Test
  void gradesOfTheirOwn() {
    add("a", 0, 1, Grade.RIGHT);
    add("a", 1, 1, Grade.EMPTY);
    add("a", 2, 8, Grade.UNDETERMINED);
    Leaderboard.Row row = tally.leaderboard(TARGETS, 0.95, 1).systems().getFirst();
    assertEquals(0.5, row.accuracy().value());
    assertEquals(0, row.hallucinationRate().value());
    assertEquals(0, row.abstentionRate().value());
    assertEquals(0.5, row.scores().getLast().score());
    assertTrue(AuditPage.of(tally.leaderboard(TARGETS, 0.95, 1)).contains("</html>"));
  }

  @Test
  void nothingToRank() {
    add("a", 0, 3, Grade.UNDETERMINED);
    assertThrows(LoupeException.class, () -> tally.leaderboard(TARGETS, 0.95, 1));
  }

  @Test
  void equalSystemsAreNotApart() {
    add("a", 0, 20, Grade.RIGHT);
    add("b", 0, 20, Grade.RIGHT);
    Leaderboard board = tally.leaderboard(TARGETS, 0.95, 1);
    assertTrue(board.changes().isEmpty());
    assertFalse(board.pairs().getFirst().differences().getFirst().isCertain());
    assertEquals(1, board.systems().getLast().ranks().getFirst().rank());
  }

  @Test
  void foreignNamesAreEscaped() {
    add("<script>alert(1)</script>", 0, 3, Grade.RIGHT);
    assertFalse(AuditPage.of(tally.leaderboard(TARGETS, 0.95, 1)).contains("<script"));
  }
}
