package dev.loupe.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Counts from reading a corpus.
 *
 * @param documents how many documents were read
 * @param conversations how many of them are conversations
 * @param characters how many characters their texts hold
 * @param broken how many records could not be used
 * @param firstBroken the first few of those
 */
public record Reading(
    long documents, long conversations, long characters, long broken, List<Broken> firstBroken) {
  /** How many broken records are kept by name. */
  static final int NAMED = 20;

  /**
   * A record that could not be used.
   *
   * @param place its file and line
   * @param reason what is wrong with it
   */
  public record Broken(String place, String reason) {}

  public Reading {
    firstBroken = List.copyOf(firstBroken);
  }

  /** What was passed over, for people: lines; none if every record was used. */
  public List<String> remarks() {
    if (broken == 0) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%,d of %,d records of the corpus cannot be used:",
            broken,
            broken + documents));
    firstBroken.forEach(each -> lines.add("  " + each.place() + " " + each.reason()));
    if (broken > firstBroken.size()) {
      lines.add("  … and others.");
    }
    return lines;
  }
}
