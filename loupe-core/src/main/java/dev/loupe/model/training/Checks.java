package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;

/** Checks of the numbers of a plan. */
final class Checks {
  private Checks() {}

  static void positive(String name, double value) {
    require(value > 0 && Double.isFinite(value), name, value, "a number above 0");
  }

  static void notNegative(String name, double value) {
    require(value >= 0 && Double.isFinite(value), name, value, "a number that is not negative");
  }

  static void share(String name, double value) {
    require(value >= 0 && value < 1, name, value, "at least 0 and below 1");
  }

  static void shareOrAll(String name, double value) {
    require(value >= 0 && value <= 1, name, value, "between 0 and 1");
  }

  private static void require(boolean holds, String name, double value, String must) {
    if (!holds) {
      throw LoupeException.badInput(
          "%s is %s".formatted(name, value), "It must be %s.".formatted(must));
    }
  }
}
