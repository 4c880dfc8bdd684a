package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureAtTest {
  @Test
  void readsWhatItWrites() {
    FeatureAt feature = FeatureAt.of(2, 141, 8);
    assertEquals("2/141@8", feature.toString());
    assertEquals(feature, FeatureAt.parse("2/141@8"));
    assertEquals(feature, FeatureAt.parse("L2/141@08"));
    assertEquals(
        new FeatureAt(new FeatureId(0, 999_999_999), 999_999_999),
        FeatureAt.parse("0/999999999@999999999"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "@",
        "2/141",
        "2/141@",
        "2/141@-1",
        "2/141@8@9",
        "2/141@x",
        "141@8",
        "2/@8",
        "/141@8",
        " 2/141@8",
        "2/141@8 ",
        "2/141@9999999999",
        "2/9999999999@1",
        "-2/141@8"
      })
  void anythingElseIsRefused(String text) {
    LoupeException refusal = assertThrows(LoupeException.class, () -> FeatureAt.parse(text));
    assertTrue(refusal.getMessage().startsWith("'"), refusal.getMessage());
  }

  @Test
  void standsByLayerThenPositionThenNumber() {
    List<String> sorted = List.of("0/9@3", "1/7@0", "1/2@2", "1/10@2", "1/0@11", "2/0@0");
    assertEquals(
        sorted,
        Stream.of("1/10@2", "2/0@0", "1/0@11", "0/9@3", "1/2@2", "1/7@0")
            .map(FeatureAt::parse)
            .sorted()
            .map(FeatureAt::toString)
            .toList());
  }

  @Test
  void isSetWhereItStands() {
    assertEquals(
        FeatureChange.at(2, 8, 141, new FeatureChange.Action.Set(0.5)),
        FeatureAt.of(2, 141, 8).set(0.5));
  }
}
