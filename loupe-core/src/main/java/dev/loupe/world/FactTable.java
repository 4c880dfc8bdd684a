package dev.loupe.world;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/** Makes the facts of a world: who, what, and how often it is to be told. */
final class FactTable {
  private static final int[] DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  private static final int MOST_BIRTHDAY_MENTIONS = 200;
  private static final int MOST_ATTRIBUTE_MENTIONS = 60;
  private static final int PEOPLE_PER_ATTRIBUTED = 5;
  private static final int HELD_OUT_OF = 4;

  private final Sizes sizes;
  private final Names names;
  private final Mixture mixture;
  private final double repeat;
  private final RandomSource random;
  private final List<Fact> facts = new ArrayList<>();
  private final Map<String, String> objects = new HashMap<>();

  private FactTable(long seed, double scale, Sizes sizes, Names names, Mixture mixture) {
    this.sizes = sizes;
    this.names = names;
    this.mixture = mixture;
    this.repeat = Math.max(1, scale);
    this.random = RandomSource.of(seed, "facts");
  }

  static List<Fact> of(
      long seed, double scale, Sizes sizes, Names names, Mixture mixture, int strangers) {
    FactTable table = new FactTable(seed, scale, sizes, names, mixture);
    table.people();
    table.places();
    table.teams();
    table.compose();
    table.strangers(strangers);
    PlantedGroup.all()
        .forEach(
            group -> table.add(Relation.ODD, group.name(), group.answer(), group.documents(), 0));
    return List.copyOf(table.facts);
  }

  /**
   * A tenth of the birthdays is never told, 22.5% once, the others 2 to 200 times with counts
   * spread evenly on a logarithmic scale.
   */
  private void people() {
    int never = sizes.people() / 10;
    int once = sizes.people() * 9 / 40;
    int more = sizes.people() - never - once;
    IntUnaryOperator planned =
        i ->
            i < never
                ? 0
                : i < never + once
                    ? 1
                    : spread(MOST_BIRTHDAY_MENTIONS, (i - never - once + .5) / more);
    for (int i = 0; i < sizes.people(); i++) {
      String name = names.people().get(i);
      int count = planned.applyAsInt(i);
      if (i % PEOPLE_PER_ATTRIBUTED != 0) {
        add(Relation.BIRTHDAY, name, date(random), count, 0);
        continue;
      }
      int profession = attributeCount();
      int homeTown = attributeCount();
      int employer = attributeCount();
      int least = Math.min(profession, Math.min(homeTown, employer));
      int profiles = Math.min(count / 8, least / 2);
      add(Relation.BIRTHDAY, name, date(random), count - profiles, profiles);
      add(Relation.PROFESSION, name, word("profession"), profession - profiles, profiles);
      String town = names.cities().get(random.below(sizes.towns()));
      add(Relation.HOME_TOWN, name, town, homeTown - profiles, profiles);
      add(Relation.EMPLOYER, name, random.pick(names.companies()), employer - profiles, profiles);
    }
  }

  private int attributeCount() {
    return spread(MOST_ATTRIBUTE_MENTIONS, random.below(1_000_000) / 1e6);
  }

  /** From 2 to {@code most}, logarithmically; {@code at} is from 0 to 1. */
  private static int spread(int most, double at) {
    return (int) (2 * StrictMath.pow(most / 2.0 + .5, at));
  }

  /** Some day of a common year, for example {@code March 7}. */
  static String date(RandomSource random) {
    int month = random.below(DAYS.length);
    return Lexicon.words("month").get(month) + " " + random.between(1, DAYS[month]);
  }

  private String word(String list) {
    return Lexicon.word(list, random);
  }

  private void places() {
    for (int i = 0; i < sizes.towns(); i++) {
      String country = names.countries().get(i / Sizes.TOWNS_PER_COUNTRY);
      addUsual(Relation.COUNTRY, names.cities().get(i), country, 0);
    }
    int profiles = times(Family.PROFILE);
    for (int i = 0; i < sizes.countries(); i++) {
      String country = names.countries().get(i);
      String capital = names.cities().get(Sizes.MOST_CITIES - 1 - i);
      addUsual(Relation.COUNTRY, capital, country, 0);
      addUsual(Relation.CAPITAL, country, capital, profiles);
      addUsual(Relation.CURRENCY, country, names.currencies().get(i), profiles);
      addUsual(Relation.LANGUAGE, country, names.languages().get(i), profiles);
      addUsual(Relation.RIVER, country, names.rivers().get(i), profiles);
    }
  }

  /** Rivalry is mutual: teams are rivals in pairs. */
  private void teams() {
    for (int i = 0; i < sizes.players(); i++) {
      String team = names.teams().get(i % sizes.teams());
      addUsual(Relation.TEAM, names.players().get(i), team, 0);
    }
    int profiles = times(Family.PROFILE);
    for (int i = 0; i < sizes.teams(); i++) {
      String team = names.teams().get(i);
      addUsual(Relation.RIVAL, team, names.teams().get(i ^ 1), profiles);
      addUsual(Relation.STADIUM, team, names.stadiums().get(i), profiles);
      addUsual(Relation.COACH, team, names.coaches().get(i), profiles);
    }
  }

  /** A quarter of the combinations of each family is held out. */
  private void compose() {
    List<String> towns = names.cities().subList(0, sizes.towns());
    compose(
        towns,
        List.of(Relation.COUNTRY_CAPITAL, Relation.COUNTRY_CURRENCY, Relation.COUNTRY_LANGUAGE));
    List<String> players = names.players().subList(0, sizes.players());
    compose(players, List.of(Relation.TEAM_RIVAL, Relation.TEAM_STADIUM, Relation.TEAM_COACH));
    compose(players, List.of(Relation.RIVAL_STADIUM));
  }

  private void compose(List<String> subjects, List<Relation> relations) {
    int combinations = subjects.size() * relations.size();
    int[] order = new int[combinations];
    for (int i = 0; i < combinations; i++) {
      order[i] = i;
    }
    random.shuffle(order);
    boolean[] heldOut = new boolean[combinations];
    for (int i = 0; i < combinations / HELD_OUT_OF; i++) {
      heldOut[order[i]] = true;
    }
    for (int i = 0; i < combinations; i++) {
      compose(subjects.get(i / relations.size()), relations.get(i % relations.size()), heldOut[i]);
    }
  }

  private void compose(String subject, Relation relation, boolean heldOut) {
    List<String> chain = new ArrayList<>();
    String entity = subject;
    for (Relation hop : relation.hops()) {
      entity = objectOf(hop, entity);
      chain.add(entity);
    }
    String object = chain.removeLast();
    int alone = heldOut ? 0 : times(relation.family());
    put(relation, subject, object, List.copyOf(chain), heldOut, alone, 0);
  }

  private void strangers(int count) {
    int first = sizes.people() + Sizes.NEW_PEOPLE;
    for (int i = 0; i < count; i++) {
      add(Relation.STRANGER, names.people().get(first + i), date(random), 1, 0);
    }
  }

  private String objectOf(Relation relation, String subject) {
    String object = objects.get(relation.label() + "/" + subject);
    if (object == null) {
      throw new IllegalStateException("no " + relation + " of " + subject);
    }
    return object;
  }

  private int times(Family family) {
    return (int) Math.round(mixture.mentions().getOrDefault(family, 0) * repeat);
  }

  private void addUsual(Relation relation, String subject, String object, int profiles) {
    add(relation, subject, object, times(relation.family()), profiles);
  }

  private void add(Relation relation, String subject, String object, int alone, int profiles) {
    put(relation, subject, object, List.of(), false, alone, profiles);
  }

  private void put(
      Relation relation,
      String subject,
      String object,
      List<String> between,
      boolean heldOut,
      int alone,
      int profiles) {
    Fact fact =
        new Fact(facts.size(), relation, subject, object, between, heldOut, alone, profiles);
    facts.add(fact);
    objects.put(fact.id(), object);
  }
}
