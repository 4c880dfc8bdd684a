package dev.loupe.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.world.ArbitraryFacts.ArbitraryFact;
import dev.loupe.world.ArbitraryFacts.Example;
import dev.loupe.world.ArbitraryFacts.Relation;
import dev.loupe.world.ArbitraryFacts.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArbitraryFactsTest {
  private static final Settings SETTINGS = new Settings(3, 500, 2_000, 0.8, 0.1, 0.05);

  @TempDir private Path folder;

  @Test
  void countsAreThoseOfTheExamples() {
    ArbitraryFacts world = ArbitraryFacts.of(SETTINGS);
    Map<String, Integer> stated = new HashMap<>();
    int unknown = 0;
    for (Example example : world.examples()) {
      stated.merge(example.fact().id(), example.known() ? 1 : 0, Integer::sum);
      unknown += example.known() ? 0 : 1;
    }
    for (ArbitraryFact fact : world.facts()) {
      assertEquals(stated.getOrDefault(fact.id(), 0), fact.count(), fact.id());
    }
    assertEquals(2_000, world.examples().size());
    assertEquals(unknown, world.facts().stream().mapToInt(ArbitraryFact::abstentions).sum());
    // 200 are expected; four standard errors of the binomial are 54.
    assertEquals(200, unknown, 54);
    assertEquals(1, world.facts().stream().mapToDouble(ArbitraryFact::frequency).sum(), 1e-9);
  }

  /** Independent draws: the mass of what was never drawn is near the share of singletons. */
  @Test
  void theMissingMassIsNearTheSingletonRate() {
    ArbitraryFacts world = ArbitraryFacts.of(new Settings(5, 2_000, 8_000, 0.8, 0, 0));
    double missing =
        world.facts().stream()
            .filter(fact -> fact.count() == 0)
            .mapToDouble(ArbitraryFact::frequency)
            .sum();
    long once = world.facts().stream().filter(fact -> fact.count() == 1).count();
    // Four of Esty's standard errors, √((g(1 − g) + 2 f₂/N)/N), are below 0.03.
    assertEquals(missing, once / 8_000.0, 0.03);
    assertTrue(missing > 0.05, String.valueOf(missing));
  }

  /** Else the probability of one would hold that of the other. */
  @Test
  void noAnswerBeginsAnother() {
    ArbitraryFacts world = ArbitraryFacts.of(SETTINGS);
    for (Relation relation : Relation.values()) {
      List<String> answers = world.answers(relation);
      assertEquals(answers.size(), new HashSet<>(answers).size());
      for (String one : answers) {
        assertFalse(relation.abstention().startsWith(one));
        for (String other : answers) {
          assertFalse(!one.equals(other) && other.startsWith(one), one + other);
        }
      }
    }
    assertEquals(365, world.answers(Relation.BIRTHDAY).size());
  }

  @Test
  void theSameSettingsGiveTheSameBytes() throws IOException {
    ArbitraryFactsWriter.write(ArbitraryFacts.of(SETTINGS), folder.resolve("one"));
    ArbitraryFactsWriter.write(ArbitraryFacts.of(SETTINGS), folder.resolve("two"));
    Settings other = new Settings(4, 500, 2_000, 0.8, 0.1, 0.05);
    ArbitraryFactsWriter.write(ArbitraryFacts.of(other), folder.resolve("three"));
    String one = Files.readString(folder.resolve("one/world.json"));
    assertEquals(one, Files.readString(folder.resolve("two/world.json")));
    assertNotEquals(one, Files.readString(folder.resolve("three/world.json")));
  }

  @Test
  void upweightedExamplesStandTenTimes() {
    long often =
        ArbitraryFacts.of(SETTINGS).examples().stream().filter(each -> each.times() == 10).count();
    // 100 are expected; four standard errors are 39.
    assertEquals(100, (double) often, 39);
  }

  @Test
  void outOfRange() {
    assertThrows(LoupeException.class, () -> new Settings(1, 1, 10, 0, 0, 0));
    assertThrows(LoupeException.class, () -> new Settings(1, 10, 0, 0, 0, 0));
    assertThrows(LoupeException.class, () -> new Settings(1, 10, 10, Double.NaN, 0, 0));
    assertThrows(LoupeException.class, () -> new Settings(1, 10, 10, 0, 1, 0));
  }
}
