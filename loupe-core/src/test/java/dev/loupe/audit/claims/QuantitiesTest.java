package dev.loupe.audit.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {
  /** Whether the second text says the first's numbers and dates, says others, or neither. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "born on October 8 # born on 8 October 1912 # holds",
        "born on 8 October 1912 # born on October 8th # silent",
        "born on 8 October 1912 # born on 1912-10-08 # holds",
        "born on 8 October 1912 # born on 9 October 1912 # differs",
        "born on October 8 # born on Oct. 9 # differs",
        "in October 1912 # on 8 October 1912 # holds",
        "1,200 people # 1.2 thousand people # holds",
        "1200 people # 1,201 people # differs",
        "three ships # 3 ships # holds",
        "three ships # four ships # differs",
        "12 % of it # 12 percent of it # holds",
        "12% of it # 12 people # silent",
        "2.5 million # 2,500,000 # holds",
        "the year 1912 # the war began # silent",
        "they may 3 times march 5 miles # 3 and 5 # holds",
      })
  void sameOtherOrSilent(String claim, String evidence, String expected) {
    Quantities wanted = Quantities.of(claim);
    Quantities given = Quantities.of(evidence);
    String found = wanted.heldBy(given) ? "holds" : wanted.differFrom(given) ? "differs" : "silent";
    assertEquals(expected, found, () -> wanted + " " + given);
  }

  /** A day that no month has is a number; digits of a word are none. */
  @Test
  void noDates() {
    assertTrue(
        Quantities.of("May 45").all().getFirst() instanceof Quantities.Amount,
        () -> Quantities.of("May 45").toString());
    assertEquals(0, Quantities.of("B52 and A4x").all().size());
    assertEquals(0, Quantities.of("").all().size());
  }
}
