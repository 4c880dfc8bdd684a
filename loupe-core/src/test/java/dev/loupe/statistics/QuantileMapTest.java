package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Ranks of one number become those of another. */
class QuantileMapTest {
  @Test
  void valuesOfOneRankBecomeEachOther() {
    double[] from = {3, 1, 2, 5, 4};
    double[] to = {100, 10, 1000, 1, 10_000};
    QuantileMap map = QuantileMap.of(from, to);
    assertEquals(1, map.of(1));
    assertEquals(10, map.of(2));
    assertEquals(10_000, map.of(5));
    assertEquals(1, map.of(-7));
    assertEquals(10_000, map.of(99));
    assertEquals(55, map.of(2.5));
  }

  @Test
  void whatIsMostlyOffStaysOff() {
    QuantileMap map = QuantileMap.of(new double[] {0, 0, 0, 0, 2}, new double[] {0, 7, 0, 0, 0});
    assertEquals(0, map.of(0));
    assertEquals(7, map.of(2));
  }
}
