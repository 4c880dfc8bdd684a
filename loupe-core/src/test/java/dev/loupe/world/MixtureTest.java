package dev.loupe.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixtureTest {
  private final Mixture standard = Mixture.standard();

  @Test
  void aPartCanBeChanged() {
    assertEquals(.2, standard.with("years", .2).shares().get(Family.YEARS));
    assertEquals(80, standard.with("two-hop", 80).mentions().get(Family.TWO_HOP));
    assertEquals(.4, standard.with("burst", .4).burst());
    assertEquals(.1, standard.with("procedures", .1).procedures());
    assertEquals(5000, standard.with("tokens", 5000).tokens());
  }

  @Test
  void anUnknownPartIsNamedWithTheKnownOnes() {
    LoupeException failure = assertThrows(LoupeException.class, () -> standard.with("wars", .1));
    assertTrue(failure.toString().contains("wars"), failure::toString);
    assertTrue(failure.remedy().contains("two-hop"), failure.remedy());
    assertThrows(LoupeException.class, () -> standard.with("birthday", 3));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-.1, 1.1, Double.NaN})
  void amountsOutOfRangeAreRefused(double amount) {
    assertThrows(LoupeException.class, () -> standard.with("years", amount));
    assertThrows(LoupeException.class, () -> standard.with("burst", amount));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, .001, 5, Double.NaN, Double.POSITIVE_INFINITY})
  void scalesOutOfRangeAreRefused(double scale) {
    LoupeException failure = assertThrows(LoupeException.class, () -> World.of(7, scale));
    assertTrue(failure.toString().contains("scale"), failure::toString);
  }
}
