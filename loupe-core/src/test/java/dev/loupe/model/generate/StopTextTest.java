package dev.loupe.model.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
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

  @Property
  void piecesMakeNoDifference(
      @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 20) String text,
      @ForAll @Size(min = 1, max = 3)
          List<@CharRange(from = 'a', to = 'c') @StringLength(min = 1, max = 4) String> stops,
      @ForAll List<@net.jqwik.api.constraints.IntRange(min = 1, max = 5) Integer> lengths) {
    StopText whole = new StopText(stops);
    String expected = whole.push(text) + whole.finish();

    StopText pieced = new StopText(stops);
    StringBuilder said = new StringBuilder();
    int from = 0;
    for (int length : lengths) {
      int to = Math.min(text.length(), from + length);
      said.append(pieced.push(text.substring(from, to)));
      from = to;
    }
    said.append(pieced.push(text.substring(from))).append(pieced.finish());

    assertEquals(expected, said.toString());
    assertEquals(whole.found(), pieced.found());
    stops.forEach(stop -> assertEquals(-1, said.indexOf(stop)));
    assertEquals(expected, text.substring(0, expected.length()));
    assertEquals(whole.found().isEmpty(), expected.length() == text.length());
  }
}
