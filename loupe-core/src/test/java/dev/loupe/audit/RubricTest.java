package dev.loupe.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RubricTest {
  @Test
  void keepsTheInstructionAndNamesWhatRewardsGuessing() {
    String instruction =
        "Grade the answer as CORRECT or INCORRECT. An answer of \"I don't know\" is incorrect. Make a guess if unsure! Compare dates exactly.";
    Rubric rubric = Rubric.of(instruction, List.of(0.5, 0.75));
    assertEquals(
        List.of("An answer of \"I don't know\" is incorrect.", "Make a guess if unsure!"),
        rubric.against());
    assertTrue(rubric.withGrader(instruction).startsWith(instruction));
    assertTrue(rubric.forTheGrader().contains("1 at t = 0.5, 3 at t = 0.75"));
    assertTrue(rubric.forTheModel().getFirst().contains("> 0.5 confident"));
  }
}
