package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NearDuplicatesTest {
  @Test
  void whatWasNearlySaidBeforeIsPassedOver() {
    NearDuplicates seen = new NearDuplicates();
    assertTrue(seen.isNew(Sequence.of("a", 1, 2, 3, 4, 5, 6, 7, 8)));
    assertFalse(seen.isNew(Sequence.of("b", 1, 2, 3, 4, 5, 6, 7, 8)));
    assertFalse(seen.isNew(Sequence.of("c", 1, 2, 3, 4, 5, 6, 7, 9)), "five of seven runs");
    assertTrue(seen.isNew(Sequence.of("d", 8, 7, 6, 5, 4, 3, 2, 1)), "the order counts");
    assertTrue(seen.isNew(Sequence.of("e", 1, 2, 30, 4, 5, 60, 7, 8)), "no run in common");
    assertTrue(seen.isNew(Sequence.of("f", 1)));
    assertFalse(seen.isNew(Sequence.of("g", 1)));
  }
}
