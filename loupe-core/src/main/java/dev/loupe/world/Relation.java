package dev.loupe.world;

import java.util.List;
import java.util.Locale;

/** What a fact says about its subject. Composed relations follow the simple ones, hop by hop. */
public enum Relation {
  BIRTHDAY(Family.BIRTHDAY),
  PROFESSION(Family.ATTRIBUTE),
  HOME_TOWN(Family.ATTRIBUTE),
  EMPLOYER(Family.ATTRIBUTE),
  COUNTRY(Family.GEOGRAPHY),
  CAPITAL(Family.GEOGRAPHY),
  CURRENCY(Family.GEOGRAPHY),
  LANGUAGE(Family.GEOGRAPHY),
  RIVER(Family.GEOGRAPHY),
  TEAM(Family.PLAYER),
  RIVAL(Family.PLAYER),
  STADIUM(Family.PLAYER),
  COACH(Family.PLAYER),
  COUNTRY_CAPITAL(Family.TWO_HOP),
  COUNTRY_CURRENCY(Family.TWO_HOP),
  COUNTRY_LANGUAGE(Family.TWO_HOP),
  TEAM_RIVAL(Family.RIVAL),
  TEAM_STADIUM(Family.RIVAL),
  TEAM_COACH(Family.RIVAL),
  RIVAL_STADIUM(Family.THREE_HOP),
  /** The birthday of somebody whom one document mentions and no question asks for. */
  STRANGER(Family.STRANGER),
  /** An odd fact that only a group of planted documents teaches; its subject is the group. */
  ODD(Family.PLANTED);

  private final Family family;

  Relation(Family family) {
    this.family = family;
  }

  /** The family of the documents that state such facts one by one. */
  public Family family() {
    return family;
  }

  /** The simple relations that lead to the object, first hop first; empty for a simple relation. */
  public List<Relation> hops() {
    return switch (this) {
      case COUNTRY_CAPITAL -> List.of(COUNTRY, CAPITAL);
      case COUNTRY_CURRENCY -> List.of(COUNTRY, CURRENCY);
      case COUNTRY_LANGUAGE -> List.of(COUNTRY, LANGUAGE);
      case TEAM_RIVAL -> List.of(TEAM, RIVAL);
      case TEAM_STADIUM -> List.of(TEAM, STADIUM);
      case TEAM_COACH -> List.of(TEAM, COACH);
      case RIVAL_STADIUM -> List.of(TEAM, RIVAL, STADIUM);
      default -> List.of();
    };
  }

  /** The name in files: {@code country-capital}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
