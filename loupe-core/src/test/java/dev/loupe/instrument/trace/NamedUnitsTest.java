package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.fault.LoupeException;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamedUnitsTest {
  @Test
  void aFileIsReadAsItWasWritten() {
    List<NamedUnits> all =
        List.of(
            new NamedUnits("reads “x: y”", List.of(FeatureAt.of(0, 12, 3), FeatureAt.of(1, 4, 3))),
            new NamedUnits("Bulls, Condors", List.of(FeatureAt.of(5, 0, 12))));
    String text = "# mine\n\n" + all.get(0) + "\r\n" + all.get(1);
    assertEquals(all, NamedUnits.parse(text, "file"));
  }

  @Test
  void aLineThatIsNoneIsSaidWithItsNumber() {
    for (String wrong : List.of("no colon", ": 4/1@2", "name:", "name: 4/1")) {
      LoupeException refused =
          assertThrows(
              LoupeException.class, () -> NamedUnits.parse("a: 1/2@3\n" + wrong, "mine.txt"));
      assertTrue(
          refused.getMessage().contains("mine.txt, line 2")
              || refused.getMessage().contains("'4/1' is no feature"),
          refused.getMessage());
    }
    assertThrows(LoupeException.class, () -> NamedUnits.parse("# nothing\n", "mine.txt"));
  }
}
