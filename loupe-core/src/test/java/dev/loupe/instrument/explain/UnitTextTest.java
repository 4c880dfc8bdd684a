package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnitTextTest {
  private static List<String> cut(String text, Level level) {
    return Segmenter.units(text, 0, text.length(), level).stream()
        .map(unit -> unit.of(text))
        .toList();
  }

  private static UnitText words(String text) {
    return UnitText.of(text, Segmenter.units(text, 0, text.length(), Level.WORD));
  }

  @Test
  void theWhiteSpaceBeforeAUnitGoesWithIt() {
    UnitText text = words("one two\r\nthree  four");
    assertEquals("one\r\nthree  four", text.without(Removed.of(1)));
    assertEquals("two\r\nthree  four", text.without(Removed.of(0)));
    assertEquals("one two\r\nthree", text.without(Removed.of(3)));
    assertEquals("three  four", text.without(Removed.of(0, 1)));
    assertEquals("", text.without(Removed.of(0, 1, 2, 3)));
    assertEquals(text.text(), text.without(Removed.NONE));
  }

  @Test
  void textOfNoUnitStays() {
    String text = "Context: a b.\n\nQuestion: c?";
    UnitText units =
        UnitText.of(text, List.of(new Unit(9, 10, Level.WORD), new Unit(11, 13, Level.WORD)));
    assertEquals("Context: b.\n\nQuestion: c?", units.without(Removed.of(0)));
    assertEquals("Context: \n\nQuestion: c?", units.without(Removed.of(0, 1)));
  }

  @Test
  void aReplacementStandsWhereTheUnitStood() {
    UnitText text =
        new UnitText("one two three", words("one two three").units(), List.of(0, 1, 2), List.of());
    text = text.with(new Perturbation.Replacement("___").substitutes(text));
    assertEquals("one ___ three", text.without(Removed.of(1)));
    assertEquals("___ two ___", text.without(Removed.of(0, 2)));
    assertEquals("a two c", text.with(List.of("a", "", "c")).without(Removed.of(0, 2)));
    assertEquals("two c", text.with(List.of("", "b", "c")).without(Removed.of(0, 2)));
    UnitText whole = text;
    assertThrows(IllegalArgumentException.class, () -> whole.with(List.of("a")));
  }

  @Test
  void overlappingUnitsAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            UnitText.of(
                "one two", List.of(new Unit(0, 5, Level.WORD), new Unit(4, 7, Level.WORD))));
    assertThrows(
        IllegalArgumentException.class,
        () -> UnitText.of("one", List.of(new Unit(0, 5, Level.WORD))));
  }

  @Test
  void sentencesEndAtFullStopsThatAreNotThoseOfAbbreviations() {
    assertEquals(
        List.of("Dr. Smith came at 5 p.m. to Gull Island.", "He left!", "Why?"),
        cut("Dr. Smith came at 5 p.m. to Gull Island. He left! Why?", Level.SENTENCE));
    assertEquals(
        List.of("First line", "Second one.", "Third."),
        cut("First line\n\nSecond one. Third.", Level.SENTENCE));
  }

  @Test
  void paragraphsStandBetweenBlankLines() {
    assertEquals(List.of("a b\nc", "d", "e"), cut("a b\nc\n\nd\r\n \r\n\r\ne\n", Level.PARAGRAPH));
  }

  @Test
  void phrasesEndBeforePrepositionsAndAfterCommas() {
    List<String> phrases =
        cut("In 1931 the tower was painted red, so that ships could see it in fog.", Level.PHRASE);
    assertEquals("In 1931 the tower", phrases.getFirst());
    assertEquals("in fog.", phrases.getLast());
    assertEquals(
        "In 1931 the tower was painted red, so that ships could see it in fog.",
        String.join(" ", phrases));
  }

  @Test
  void scriptsWithoutSpacesHaveWordsToo() {
    assertEquals(List.of("日本", "の", "首都", "は", "東京"), cut("日本の首都は東京", Level.WORD));
    assertEquals(2, cut("今日は晴れです。明日は雨です。", Level.SENTENCE).size());
    assertEquals(List.of("مرحبا", "بالعالم"), cut("مرحبا بالعالم", Level.WORD));
    assertEquals(List.of("👨‍👩‍👧‍👦", "🇫🇷!"), cut("👨‍👩‍👧‍👦 🇫🇷!", Level.WORD));
  }

  static Stream<String> texts() {
    return Stream.of(
        "",
        "   ",
        "\r\n\r\n",
        "one",
        " a\tb\nc\r\nd\re\u2028f ",
        "مرحبا. بالعالم! שלום עולם?",
        "emoji 😀😃 family 👨‍👩‍👧‍👦 flag 🇫🇷. Next!",
        "日本の首都。 mixed text; no end",
        "x".repeat(3000) + ". " + "y ".repeat(2000));
  }

  /** Units lie in order, within the text, begin and end with ink, and miss none of it. */
  @ParameterizedTest
  @MethodSource("texts")
  void everyInkIsInOneUnitOfEveryLevel(String text) {
    for (Level level : List.of(Level.PARAGRAPH, Level.SENTENCE, Level.PHRASE, Level.WORD)) {
      List<Unit> units = Segmenter.units(text, 0, text.length(), level);
      int end = 0;
      StringBuilder between = new StringBuilder();
      for (Unit unit : units) {
        between.append(text, end, unit.start());
        assertEquals(unit.of(text).strip(), unit.of(text), level.word());
        end = unit.end();
      }
      between.append(text.substring(end));
      assertEquals("", between.toString().strip(), level.word());
    }
  }
}
