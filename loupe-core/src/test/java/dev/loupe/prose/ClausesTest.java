package dev.loupe.prose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.prose.Bm25.Hit;
import dev.loupe.prose.Clauses.Clause;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClausesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "Ada Lovelace was born in London. # Ada Lovelace was born in London.",
        "Ada was born in London and died in Paris. # Ada was born in London|Ada died in Paris.",
        "Ada was born in London, and Ben was born in Rome. # Ada was born in London|Ben was born in Rome.",
        "The mill burned in 1810; it was rebuilt in 1812. # The mill burned in 1810|it was rebuilt in 1812.",
        "She likes apples and pears. # She likes apples and pears.",
      })
  void aClauseForEachVerbWithItsSubject(String sentence, String clauses) {
    List<Clause> found = Clauses.of(sentence);
    assertEquals(
        List.of(clauses.split("\\|")), found.stream().map(Clause::text).toList(), sentence);
    for (Clause each : found) {
      assertTrue(each.text().endsWith(each.at().of(sentence)), each::toString);
    }
  }

  @Test
  void sentencesWithTheirPlaces() {
    String text = "One is here. Two is there.\n\nThree is away";
    List<String> found = Sentences.of(text).stream().map(each -> each.of(text)).toList();
    assertEquals(List.of("One is here.", "Two is there.", "Three is away"), found);
  }

  /** The rarer word counts more, and what shares no word is not found. */
  @Test
  void textsByTheirWords() {
    List<String> texts =
        List.of("The mill burned.", "The mill stands by the river.", "A war began.");
    try (Bm25 index = new Bm25(texts)) {
      assertEquals(
          List.of(1, 0), index.best("the RIVER mill", 5).stream().map(Hit::number).toList());
      assertEquals(List.of(), index.best("submarine", 5));
      assertEquals(0, index.scores("mill")[2]);
    }
  }
}
