package dev.loupe.world;

import dev.loupe.fault.LoupeException;

/**
 * How many of each a world holds. Below scale 1 all tables shrink; above it people and documents
 * grow, places and teams do not, so that the words stay few enough for a small vocabulary.
 */
record Sizes(int people, int countries, int teams, int players) {
  static final int MOST_COUNTRIES = 45;
  static final int TOWNS_PER_COUNTRY = 7;
  static final int MOST_CITIES = MOST_COUNTRIES * (TOWNS_PER_COUNTRY + 1);
  static final int MOST_TEAMS = 40;
  static final int MOST_PLAYERS = 300;
  static final int COMPANIES = 60;
  static final double SMALLEST_SCALE = 0.01;
  static final double LARGEST_SCALE = 4;

  /** Never mentioned anywhere in the corpus; the test asks for them. */
  static final int NEW_PEOPLE = 600;

  /** Mentioned in conversations only. */
  static final int CHAT_PEOPLE = 8000;

  private static final int PEOPLE = 3000;

  static Sizes of(double scale) {
    if (!(scale >= SMALLEST_SCALE && scale <= LARGEST_SCALE)) {
      throw LoupeException.badInput(
          "scale %s of the world is out of range".formatted(scale),
          "Choose a scale from %s to %s.".formatted(SMALLEST_SCALE, LARGEST_SCALE));
    }
    double table = Math.min(1, scale);
    return new Sizes(
        Math.max(40, (int) Math.round(PEOPLE * scale)),
        Math.max(4, (int) Math.round(MOST_COUNTRIES * table)),
        Math.max(4, 2 * (int) Math.round(MOST_TEAMS / 2 * table)),
        Math.max(12, (int) Math.round(MOST_PLAYERS * table)));
  }

  int towns() {
    return countries * TOWNS_PER_COUNTRY;
  }
}
