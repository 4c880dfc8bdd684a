package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitNamesTest {
  /** Layer 1: four experts of 10 neurons and a shared one of 6. */
  private static final UnitNames NAMES =
      new UnitNames(Map.of(1, new ModelConfig.MixtureShape(4, 2, 10, 6, true)));

  @ParameterizedTest
  @CsvSource({
    "0, 1/0.0@3",
    "9, 1/0.9@3",
    "10, 1/1.0@3",
    "39, 1/3.9@3",
    "40, 1/4.0@3",
    "45, 1/4.5@3"
  })
  void aNeuronIsSpeltByItsExpert(int unit, String spelling) {
    FeatureAt numbered = FeatureAt.of(1, unit, 3);
    assertEquals(spelling, NAMES.spelt(numbered).toString());
    assertEquals(numbered, NAMES.numbered(FeatureAt.parse(spelling)));
    assertEquals(numbered, NAMES.numbered(numbered), "numbers are taken as they are");
  }

  @Test
  void aLayerThatIsNoMixtureIsNumbered() {
    assertEquals("0/17@2", NAMES.spelt(FeatureAt.of(0, 17, 2)).toString());
    assertEquals("1/17@2", UnitNames.PLAIN.spelt(FeatureAt.of(1, 17, 2)).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0/1.2", "1/5.0", "1/0.10", "1/4.6", "2/0.0"})
  void whatIsNotThereIsRefusedByName(String spelling) {
    var refusal =
        assertThrows(LoupeException.class, () -> NAMES.numbered(FeatureId.parse(spelling)));
    assertTrue(refusal.getMessage().contains(spelling), refusal::getMessage);
  }
}
