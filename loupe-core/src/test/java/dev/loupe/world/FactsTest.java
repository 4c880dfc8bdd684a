package dev.loupe.world;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the tables promise, held against the text. */
class FactsTest {
  private static final List<Fact> FACTS = SmallWorld.WORLD.facts();

  @Test
  void everySpanHoldsTheObjectOfItsFact() {
    int statements = 0;
    for (Document document : SmallWorld.DOCUMENTS) {
      for (Document.Statement statement : document.facts()) {
        statements++;
        assertEquals(
            statement.fact().object(),
            document.text().substring(statement.from(), statement.to()),
            document.text());
      }
    }
    assertTrue(statements > 5_000, "only " + statements);
  }

  @Test
  void factsAreStatedAsOftenAsPlanned() {
    Census census = Census.of(SmallWorld.WORLD);
    for (Fact fact : FACTS) {
      assertEquals(fact.count(), census.count(fact), fact.id());
    }
  }

  /** Counted from the words alone, without the documents' own labels. */
  @Test
  void birthdaysAreFoundInTheTextAsOftenAsPlanned() {
    Map<String, Integer> found = new HashMap<>();
    List<Fact> birthdays =
        FACTS.stream().filter(fact -> fact.relation() == Relation.BIRTHDAY).toList();
    for (Document document : SmallWorld.DOCUMENTS) {
      String text = document.text();
      for (Fact fact : birthdays) {
        if (text.contains(fact.subject()) && text.matches("(?s).*\\b" + fact.object() + "\\b.*")) {
          found.merge(fact.id(), 1, Integer::sum);
        }
      }
    }
    for (Fact fact : birthdays) {
      assertEquals(fact.count(), found.getOrDefault(fact.id(), 0), fact.id());
    }
  }

  @Test
  void someBirthdaysAreNeverToldAndSomeOnce() {
    World world = World.of(7, 1);
    List<Fact> birthdays =
        world.facts().stream().filter(fact -> fact.relation() == Relation.BIRTHDAY).toList();
    assertEquals(3000, birthdays.size());
    assertEquals(300, birthdays.stream().filter(fact -> fact.count() == 0).count());
    assertEquals(675, birthdays.stream().filter(fact -> fact.count() == 1).count());
    assertEquals(200, birthdays.stream().mapToInt(Fact::count).max().orElse(0));
    assertTrue(world.facts().stream().allMatch(fact -> fact.alone() >= 0));
  }

  @Test
  void aQuarterOfTheCombinationsIsHeldOut() {
    List<Fact> facts = World.of(7, 1).facts();
    assertEquals(236, heldOut(facts, Family.TWO_HOP));
    assertEquals(225, heldOut(facts, Family.RIVAL));
    assertEquals(75, heldOut(facts, Family.THREE_HOP));
    assertTrue(facts.stream().filter(Fact::heldOut).allMatch(fact -> fact.count() == 0));
  }

  private static long heldOut(List<Fact> facts, Family family) {
    return facts.stream()
        .filter(fact -> fact.relation().family() == family && fact.heldOut())
        .count();
  }

  /** No text that states one thing names both ends of a held-out combination. */
  @Test
  void heldOutCombinationsNeverAppear() {
    List<Fact> heldOut = FACTS.stream().filter(Fact::heldOut).toList();
    assertFalse(heldOut.isEmpty());
    for (Document document : SmallWorld.DOCUMENTS) {
      if (document.facts().size() > 1) {
        assertTrue(document.facts().stream().noneMatch(statement -> statement.fact().heldOut()));
        continue;
      }
      for (Fact fact : heldOut) {
        assertFalse(
            document.text().contains(fact.subject()) && document.text().contains(fact.object()),
            document.text());
      }
    }
  }

  @Test
  void composedFactsFollowTheirHops() {
    Truth truth = Truth.of(SmallWorld.WORLD);
    for (Fact fact : FACTS) {
      List<Fact> hops = truth.hops(fact);
      if (!hops.isEmpty()) {
        assertEquals(fact.subject(), hops.getFirst().subject());
        assertEquals(fact.object(), hops.getLast().object());
        assertEquals(
            fact.between(), hops.subList(0, hops.size() - 1).stream().map(Fact::object).toList());
        assertTrue(hops.stream().allMatch(hop -> hop.count() > 0), fact.id());
      }
    }
  }

  @Test
  void oneSubjectAndRelationHaveOneObject() {
    Set<String> ids = new HashSet<>();
    FACTS.forEach(fact -> assertTrue(ids.add(fact.id()), fact.id()));
  }

  @Test
  void aNameNamesOneThing() {
    Names names = World.of(7, 1).names();
    Set<String> seen = new HashSet<>(names.first());
    for (List<String> kind :
        List.of(
            names.cities(),
            names.countries(),
            names.currencies(),
            names.languages(),
            names.rivers(),
            names.players(),
            names.teams(),
            names.stadiums(),
            names.coaches(),
            names.companies())) {
      kind.forEach(name -> assertTrue(seen.add(name), name));
    }
    assertEquals(names.people().size(), new HashSet<>(names.people()).size());
  }

  @Test
  void newPeopleAreNowhere() {
    Set<String> people = new HashSet<>(SmallWorld.WORLD.newPeople());
    people.addAll(List.of(SmallWorld.WORLD.chatPerson(0), SmallWorld.WORLD.chatPerson(1)));
    String all = SmallWorld.DOCUMENTS.stream().map(Document::text).collect(joining("\n"));
    people.forEach(name -> assertFalse(all.contains(name), name));
  }

  @Test
  void unknownPeopleAreNamedInTheirQuestionsAlone() {
    World world = World.of(7, 0.02, Mixture.standard().with("unknown", .1));
    List<String> unknown = world.unknownPeople();
    assertFalse(unknown.isEmpty());
    assertEquals(
        unknown.size(),
        Corpus.of(world, Family.UNKNOWN)
            .filter(document -> document.text().endsWith(" I do not know."))
            .count());
    String others =
        Corpus.of(world, Family.BIRTHDAY).map(Document::text).collect(joining("\n"))
            + Corpus.of(world, Family.STRANGER).map(Document::text).collect(joining("\n"));
    unknown.forEach(name -> assertFalse(others.contains(name), name));
  }
}
