package dev.loupe.cli;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The names that a mistyped one was probably meant to be. */
final class NearestNames {
  private static final int MOST = 3;

  private NearestNames() {}

  /** At most three of the names, nearest first, each within a third of its length in edits. */
  static List<String> to(String typed, Collection<String> names) {
    return names.stream()
        .filter(
            name -> name.startsWith(typed) || edits(typed, name) <= Math.max(2, name.length() / 3))
        .sorted(
            Comparator.<String>comparingInt(name -> edits(typed, name)).thenComparing(name -> name))
        .limit(MOST)
        .toList();
  }

  /** Levenshtein's distance: insertions, deletions and replacements of one character. */
  private static int edits(String from, String to) {
    int[] row = new int[to.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j - 1], row[j]) + 1);
      }
    }
    return row[to.length()];
  }
}
