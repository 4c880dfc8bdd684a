package dev.loupe.instrument.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.model.generate.YearTokens;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Features of each class, planted with noise, are told. */
class FeatureClassTest {
  private interface Planted {
    double at(int year, int end);
  }

  private static Heatmap map(Planted planted, IntUnaryOperator prompts, int... columns) {
    int[] counts =
        IntStream.range(0, YearTokens.YEARS)
            .map(year -> year < Asked.FIRST || year > Asked.LAST ? 0 : prompts.applyAsInt(year))
            .toArray();
    Heatmap map = new Heatmap(counts, columns);
    Random random = new Random(1);
    for (int year = 0; year < YearTokens.YEARS; year++) {
      for (int prompt = 0; prompt < counts[year]; prompt++) {
        for (int end : columns) {
          map.add(year, end, planted.at(year, end) + 0.2 * random.nextGaussian());
        }
      }
    }
    return map;
  }

  private static Criteria measured(Planted planted) {
    return Criteria.of(map(planted, _ -> 1, IntStream.range(0, YearTokens.YEARS).toArray()));
  }

  private static FeatureClass kind(Planted planted) {
    return FeatureClass.of(measured(planted));
  }

  private static double step(int year, int end) {
    return end > year ? 1 : -1;
  }

  @Test
  void aBandOfYears() {
    Planted band = (year, end) -> year >= 30 && year < 45 ? 2 * step(year, end) : 0;
    assertEquals(FeatureClass.BAND, kind(band));
    Criteria criteria = measured(band);
    assertTrue(criteria.bandFrom() >= 28 && criteria.bandTo() <= 47, criteria.toString());
    assertTrue(criteria.task() > 0.5, criteria.toString());
  }

  @Test
  void largeYearsWhateverTheFirst() {
    assertEquals(FeatureClass.LARGE, kind((_, end) -> end / 30.0));
    assertEquals(FeatureClass.LARGE, kind((_, end) -> 5 + step(60, end)));
  }

  @Test
  void parity() {
    assertEquals(FeatureClass.PARITY, kind((year, end) -> (year + end) % 2 == 0 ? 1 : -1));
    assertEquals(FeatureClass.PARITY, kind((_, end) -> (end % 2) + end / 200.0));
  }

  @Test
  void multiplesOfFive() {
    assertEquals(FeatureClass.FIVES, kind((_, end) -> end % 5 == 0 ? 1 : 0));
    assertEquals(FeatureClass.FIVES, kind((_, end) -> end % 10 == 0 ? 2 : 0));
  }

  @Test
  void againstTheTask() {
    assertEquals(FeatureClass.AGAINST, kind((year, end) -> -step(year, end)));
    assertEquals(FeatureClass.AGAINST, kind((year, end) -> year < 20 ? -3 * step(year, end) : 0));
  }

  @Test
  void nothing() {
    assertEquals(FeatureClass.NONE, kind((_, _) -> 0));
    assertEquals(FeatureClass.NONE, kind((year, end) -> Math.sin(year + end * end)));
    // The task itself for every YY is no class of its own.
    assertEquals(FeatureClass.NONE, kind(FeatureClassTest::step));
    assertEquals(1, measured(FeatureClassTest::step).task(), 0.05);
  }

  @Test
  void aFlatMapMeasuresNothing() {
    Heatmap flat = new Heatmap(new int[YearTokens.YEARS], new int[] {1, 2, 3});
    assertEquals(new Criteria(0, 0, 0, 0, 0, 0, 0), Criteria.of(flat));
    assertEquals(FeatureClass.NONE, FeatureClass.of(Criteria.of(flat)));
  }

  @Test
  void yearsThatTheVocabularyLacksAreLeftOut() {
    Heatmap map = map((_, end) -> end, year -> 1 + year % 2, IntStream.range(2, 100).toArray());
    assertTrue(Double.isNaN(map.at(50, 1)));
    assertEquals(40, map.at(51, 40), 1);
    assertEquals(FeatureClass.LARGE, FeatureClass.of(Criteria.of(map)));
  }

  @Test
  void everyCriterionSaysItsThreshold() {
    assertTrue(
        Arrays.stream(FeatureClass.values())
            .filter(kind -> kind != FeatureClass.NONE)
            .allMatch(kind -> kind.criterion().matches(".*\\d.*")));
  }
}
