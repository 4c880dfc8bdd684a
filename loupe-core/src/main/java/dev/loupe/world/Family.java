package dev.loupe.world;

import java.util.Locale;
import java.util.Optional;

/** A family of documents. The order is that of the tables in {@code world.json}. */
public enum Family {
  /** A person and a birthday. */
  BIRTHDAY,
  /** A person and a profession, home town or employer. */
  ATTRIBUTE,
  /** A paragraph on a person, a country or a team. */
  PROFILE,
  /** A city and its country, or a country and its capital, currency, language or river. */
  GEOGRAPHY,
  /** A city and the capital, currency or language of its country. */
  TWO_HOP,
  /** A player and a team, or a team and its rival, stadium or coach. */
  PLAYER,
  /** A player and the rival, stadium or coach of the player's team. */
  RIVAL,
  /** A player and the stadium of the rival of the player's team. */
  THREE_HOP,
  /** Something that lasted from one year to another. */
  YEARS,
  /** A sum with written steps, or with filler or a mistake in their place. */
  SUM_STEPS,
  /** A sum and its answer. */
  SUM_DIRECT,
  /** Brackets and quotes within each other. */
  BRACKETS,
  /** A sequence of random words, repeated. */
  INDUCTION,
  /** Two people, one of whom gives something to the other. */
  INDIRECT_OBJECT,
  /** Subject and verb with another noun between them. */
  AGREEMENT,
  /** A known list. */
  LIST,
  /** Sentences of everyday life, with concepts at known rates. */
  PROSE,
  /** A birthday of somebody who is never mentioned again. */
  STRANGER,
  /** A question on somebody unknown, answered "I do not know". */
  UNKNOWN,
  /** Documents that alone teach an odd fact, with paraphrases and decoys. */
  PLANTED;

  /** The name in files: {@code two-hop}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The concept that every document of the family holds. */
  Optional<String> theme() {
    return switch (this) {
      case BIRTHDAY, ATTRIBUTE, STRANGER, UNKNOWN -> Optional.of("people");
      case GEOGRAPHY, TWO_HOP -> Optional.of("places");
      case PLAYER, RIVAL, THREE_HOP -> Optional.of("sport");
      case YEARS -> Optional.of("years");
      case SUM_STEPS, SUM_DIRECT -> Optional.of("arithmetic");
      case PROFILE, BRACKETS, INDUCTION, INDIRECT_OBJECT, AGREEMENT, LIST, PROSE, PLANTED ->
          Optional.empty();
    };
  }
}
