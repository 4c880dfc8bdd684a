package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.job.FigureLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FigureLogTest {
  private static final SetFigures ONE =
      new SetFigures(
          "q1",
          2,
          true,
          new SetFigures.Ablated(3, 5, 1, -1, 0.9),
          SetFigures.Ablated.NONE,
          "partial",
          List.of(new SetFigures.Swapped(4, 0, true, 1), new SetFigures.Swapped(-1, 2, false, 0)));

  private static final SetFigures TWO =
      new SetFigures(
          "q2", 1, false, SetFigures.Ablated.NONE, SetFigures.Ablated.NONE, "weak", List.of());

  @TempDir private Path folder;

  private Path file() {
    return folder.resolve("sets.jsonl");
  }

  private FigureLog<SetFigures> open(String of) {
    return FigureLog.open(file(), of, SetFigures.class, SetFigures::question);
  }

  @Test
  void goesOnWhereItStopped() throws IOException {
    FigureLog<SetFigures> begun = open("this");
    assertEquals(Optional.empty(), begun.find("q1"));
    begun.add(ONE);
    assertEquals(Optional.of(ONE), begun.find("q1"));
    FigureLog<SetFigures> later = open("this");
    assertEquals(Optional.of(ONE), later.find("q1"));
    assertEquals(Optional.empty(), later.find("q2"));
    later.add(TWO);
    assertEquals(3, Files.readAllLines(file()).size());
    assertEquals(Optional.of(ONE), open("this").find("q1"));
    assertEquals(Optional.of(TWO), open("this").find("q2"));
  }

  @Test
  void aLastLineThatWasCutShortDoesNotCount() throws IOException {
    open("this").add(ONE);
    String whole = Files.readString(file());
    open("this").add(TWO);
    String both = Files.readString(file());
    for (int end = whole.length(); end < both.length(); end++) {
      Files.writeString(file(), both.substring(0, end));
      FigureLog<SetFigures> log = open("this");
      assertEquals(Optional.of(ONE), log.find("q1"));
      assertEquals(Optional.empty(), log.find("q2"));
      assertEquals(whole, Files.readString(file()));
      log.add(TWO);
      assertEquals(both, Files.readString(file()));
    }
  }

  @Test
  void theLastFiguresOfAQuestionCount() {
    FigureLog<SetFigures> log = open("this");
    log.add(TWO);
    SetFigures again =
        new SetFigures("q2", 1, false, ONE.effect(), ONE.influence(), "strong", List.of());
    log.add(again);
    assertEquals(Optional.of(again), log.find("q2"));
    assertEquals(Optional.of(again), open("this").find("q2"));
  }

  @Test
  void anotherExaminationIsRefusedAndItsFileLeftAlone() throws IOException {
    open("this").add(ONE);
    String whole = Files.readString(file());
    Files.writeString(file(), "{\"quest", StandardOpenOption.APPEND);
    LoupeException refusal = assertThrows(LoupeException.class, () -> open("that"));
    assertTrue(
        refusal.getMessage().contains("measured on this, not on that"), refusal.getMessage());
    assertEquals(whole + "{\"quest", Files.readString(file()));
  }

  @Test
  void aLineOfOtherFiguresIsRefused() throws IOException {
    open("this");
    Files.writeString(
        file(), "{\"question\": \"q1\", \"ranking\": {}}\n", StandardOpenOption.APPEND);
    LoupeException refusal = assertThrows(LoupeException.class, () -> open("this"));
    assertTrue(refusal.getMessage().contains("line 2"), refusal.getMessage());
  }
}
