package dev.loupe.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Groups that can be counted by hand. */
class AverageLinkageTest {
  @Test
  void joinsTheMostAlikeFirstAndByTheMean() {
    double[][] alike = {
      {1, .9, .5, 0},
      {.9, 1, .1, 0},
      {.5, .1, 1, .4},
      {0, 0, .4, 1}
    };
    // {0, 1} first; then 2 is .3 from that pair in the mean and .4 from 3.
    assertEquals(List.of(List.of(0, 1), List.of(2, 3)), AverageLinkage.groups(alike, .35));
    assertEquals(List.of(List.of(0, 1), List.of(2), List.of(3)), AverageLinkage.groups(alike, .45));
    // The pairs are .15 apart in the mean.
    assertEquals(List.of(List.of(0, 1, 2, 3)), AverageLinkage.groups(alike, .1));
  }

  @Test
  void nothingHasNoDirection() {
    assertEquals(0, AverageLinkage.cosine(new double[] {0, 0}, new double[] {1, 2}));
    assertEquals(-1, AverageLinkage.cosine(new double[] {1, 2}, new double[] {-2, -4}), 1e-12);
  }
}
