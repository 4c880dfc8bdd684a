package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.examination.Examination.Part;
import dev.loupe.examination.Examination.Result;
import dev.loupe.examination.Examination.Years;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GoalTest {
  private static Goal goal(String what, Part... parts) {
    var years = new Years(Double.NaN, Double.NaN, 0, Double.NaN, 0);
    return Goal.ofBase(new Result(List.of(parts), years, Optional.empty())).stream()
        .filter(goal -> goal.what().equals(what))
        .findFirst()
        .orElseThrow();
  }

  private static Part birthdays(String band, long right) {
    return new Part("birthday", band, right, 100);
  }

  @Test
  void accuracyThatFallsWithFrequencyIsFoundWhateverTheOrderOfTheParts() {
    String what = "largest fall of accuracy with frequency";
    assertTrue(goal(what, birthdays("100+", 100), birthdays("0", 1), birthdays("2-4", 9)).met());
    Goal fallen = goal(what, birthdays("2-4", 20), birthdays("5-9", 17), birthdays("1", 2));
    assertEquals(.03, fallen.reached(), 1e-12);
    assertFalse(fallen.met());
  }

  @Test
  void oftenToldFactsAreCountedTogether() {
    List<Part> parts = new ArrayList<>(List.of(birthdays("20-49", 99), birthdays("100+", 100)));
    parts.add(new Part("attribute", "50-99", 98, 100));
    parts.add(birthdays("10-19", 0));
    Goal facts = goal("facts stated 20 times or more", parts.toArray(Part[]::new));
    assertEquals(297 / 300.0, facts.reached(), 1e-12);
    assertTrue(facts.met());
  }

  @Test
  void whatWasNotAskedIsNotMet() {
    assertFalse(goal("brackets").met());
    assertFalse(goal("greater-than, sharpness").met());
    assertFalse(goal("facts stated once, near chance").met());
  }
}
