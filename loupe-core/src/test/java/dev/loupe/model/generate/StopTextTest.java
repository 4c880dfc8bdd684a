package dev.loupe.model.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StopTextTest {
  @Test
  void letsEverythingThroughWithoutStops() {
    StopText stop = new StopText(List.of());
    assertEquals("abc", stop.push("abc"));
    assertEquals("", stop.finish());
  }

  @Test
  void matchesAcrossPieces() {
    StopText stop = new StopText(List.of("END"));
    assertEquals("so ", stop.push("so E"));
    assertEquals("", stop.push("N"));
    assertEquals("", stop.push("D and more"));
    assertEquals(Optional.of("END"), stop.found());
    assertEquals("", stop.push("later"));
    assertEquals("", stop.finish());
  }

  @Test
  void releasesWhatTurnsOutToBeOrdinary() {
    StopText stop = new StopText(List.of("END"));
    assertEquals("", stop.push("EN"));
    assertEquals("EN", stop.push("EN"));
    assertEquals("ENG", stop.push("G"));
    assertEquals("", stop.push("E"));
    assertEquals("E", stop.finish());
    assertEquals(Optional.empty(), stop.found());
  }

  @Test
  void theFirstStopToBeCompleteWins() {
    StopText stop = new StopText(List.of("abcd", "bc"));
    assertEquals("a", stop.push("abcd"));
    assertEquals(Optional.of("bc"), stop.found());
  }

  @Test
  void ofTwoThatEndTogetherTheLongerWins() {
    StopText stop = new StopText(List.of("\n", "\n\n"));
    assertEquals("x", stop.push("x\n\n"));
    assertEquals(Optional.of("\n"), stop.found());
    StopText other = new StopText(List.of("b", "ab"));
    assertEquals("x", other.push("xab"));
    assertEquals(Optional.of("ab"), other.found());
  }

  @Test
  void piecesMakeNoDifference() {
    for (long seed = 0; seed < 1000; seed++) {
      Random random = new Random(seed);
      String text = letters(random, 0, 20);
      List<String> stops =
          Stream.generate(() -> letters(random, 1, 4)).limit(random.nextInt(1, 4)).toList();
      piecesMakeNoDifference(text, stops, random, "seed " + seed);
    }
  }

  private static String letters(Random random, int fewest, int most) {
    return random
        .ints(random.nextInt(fewest, most + 1), 'a', 'd')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static void piecesMakeNoDifference(
      String text, List<String> stops, Random random, String seed) {
    StopText whole = new StopText(stops);
    String expected = whole.push(text) + whole.finish();

    StopText pieced = new StopText(stops);
    StringBuilder said = new StringBuilder();
    int from = 0;
    while (from < text.length()) {
      int to = Math.min(text.length(), from + random.nextInt(1, 6));
      said.append(pieced.push(text.substring(from, to)));
      from = to;
    }
    said.append(pieced.finish());

    assertEquals(expected, said.toString(), seed);
    assertEquals(whole.found(), pieced.found(), seed);
    stops.forEach(stop -> assertEquals(-1, said.indexOf(stop), seed));
    assertEquals(expected, text.substring(0, expected.length()), seed);
    assertEquals(whole.found().isEmpty(), expected.length() == text.length(), seed);
  }
}
