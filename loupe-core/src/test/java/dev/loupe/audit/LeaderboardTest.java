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
              Optional.empty(),
              Optional.empty(),
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
              Optional.empty(),
              Optional.empty(),
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

  private static Answer labelled(String category, Grade grade, Grade label) {
    return new Answer(
        "a",
        Optional.empty(),
        Optional.empty(),
        Optional.of(category),
        grade,
        Optional.of(label),
        Optional.empty(),
        OptionalDouble.empty());
  }

  private void addLabelled(int count, Grade grade, Grade label) {
    for (int i = 0; i < count; i++) {
      tally.add(labelled("c", grade, label));
    }
  }

  /**
   * 8 of 10 right ones found, 1 of 10 wrong ones taken for right: (0.45 + 0.9 − 1)/(0.8 + 0.9 − 1).
   */
  @Test
  void labelsCorrectTheGrades() {
    addLabelled(8, Grade.RIGHT, Grade.RIGHT);
    addLabelled(2, Grade.WRONG, Grade.RIGHT);
    addLabelled(1, Grade.RIGHT, Grade.WRONG);
    addLabelled(9, Grade.WRONG, Grade.WRONG);
    LabelledGrades labels = tally.leaderboard(TARGETS, 0.95, 1).labels().orElseThrow();
    LabelledGrades.Detection right = labels.detections().getFirst();
    assertEquals(20, labels.labelled());
    assertEquals(0.2, right.missed().value(), 1e-12);
    assertEquals(0.1, right.falselyFound().value(), 1e-12);
    assertEquals(0.5, right.corrected().getFirst().share().orElseThrow().share(), 1e-12);
    // Nobody abstained: there is no known case.
    assertTrue(labels.detections().getLast().corrected().getFirst().refusal().isPresent());
  }

  /** Both directions: abstentions that were taken for answers, answers taken for abstentions. */
  @Test
  void abstentionsErrInEitherDirection() {
    addLabelled(6, Grade.ABSTAINED, Grade.ABSTAINED);
    addLabelled(4, Grade.WRONG, Grade.ABSTAINED);
    addLabelled(3, Grade.ABSTAINED, Grade.WRONG);
    addLabelled(27, Grade.WRONG, Grade.WRONG);
    LabelledGrades.Detection abstained =
        tally.leaderboard(TARGETS, 0.95, 1).labels().orElseThrow().detections().getLast();
    assertEquals(0.4, abstained.missed().value(), 1e-12);
    assertEquals(0.1, abstained.falselyFound().value(), 1e-12);
  }

  @Test
  void gradesNoBetterThanChanceAreRefused() {
    addLabelled(5, Grade.RIGHT, Grade.RIGHT);
    addLabelled(5, Grade.WRONG, Grade.RIGHT);
    addLabelled(5, Grade.RIGHT, Grade.WRONG);
    addLabelled(5, Grade.WRONG, Grade.WRONG);
    LabelledGrades.CorrectedShare share =
        tally
            .leaderboard(TARGETS, 0.95, 1)
            .labels()
            .orElseThrow()
            .detections()
            .getFirst()
            .corrected()
            .getFirst();
    assertTrue(share.share().isEmpty());
    assertTrue(share.refusal().orElseThrow().contains("chance"));
  }

  @Test
  void categoriesHaveTheirSections() {
    tally.add(labelled("x", Grade.RIGHT, Grade.RIGHT));
    tally.add(labelled("x", Grade.WRONG, Grade.WRONG));
    tally.add(labelled("y", Grade.ABSTAINED, Grade.ABSTAINED));
    Leaderboard board = tally.leaderboard(TARGETS, 0.95, 1);
    assertEquals(
        List.of("x", "y"), board.sections().stream().map(Leaderboard.Section::category).toList());
    assertEquals(0.5, board.sections().getFirst().systems().getFirst().accuracy().value());
    assertEquals(1, board.sections().getLast().systems().getFirst().abstentionRate().value());
    String page = AuditPage.of(board);
    assertTrue(page.contains("By category") && page.contains("Errors of the grades"));
  }

  private static Answer sample(String item, String text, Grade grade) {
    return new Answer(
        "a",
        Optional.of(item),
        Optional.empty(),
        Optional.empty(),
        grade,
        Optional.empty(),
        Optional.of(text),
        OptionalDouble.empty());
  }

  /** Two samples of three say the same in other writing; H = −(2/3 ln 2/3 + 1/3 ln 1/3). */
  @Test
  void confidenceOfSamples() {
    for (ConfidenceSource source :
        List.of(ConfidenceSource.AGREEMENT, ConfidenceSource.SEMANTIC_ENTROPY)) {
      AnswerTally sampled = new AnswerTally(source);
      sampled.add(sample("q", "Paris", Grade.RIGHT));
      sampled.add(sample("q", " the paris.", Grade.RIGHT));
      sampled.add(sample("q", "London", Grade.WRONG));
      sampled.add(sample("alone", "Rome", Grade.RIGHT));
      Leaderboard.Confidence found =
          sampled.leaderboard(TARGETS, 0.95, 1).systems().getFirst().confidence().orElseThrow();
      assertEquals(3, found.answers());
      double entropy = -(2 / 3.0 * Math.log(2 / 3.0) + 1 / 3.0 * Math.log(1 / 3.0));
      assertEquals(
          source == ConfidenceSource.AGREEMENT ? 5 / 9.0 : 1 - entropy / Math.log(3),
          found.meanConfidence(),
          1e-12);
    }
  }
}
