package dev.loupe.instrument.explain;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A text and its parts, some of which (the players) can be left out. What remains is joined again
 * and is an ordinary text: the white space between two neighbouring units goes with the second of
 * them, and before the first that remains of a row of units there is none. Text that belongs to no
 * unit always stays as it is.
 *
 * @param text the whole
 * @param units in order, without overlap
 * @param players places in {@code units} of those that can be left out, rising
 * @param replacement what stands for a unit that is left out; empty to delete it
 */
public record UnitText(
    String text, List<Unit> units, List<Integer> players, Optional<String> replacement) {
  /**
   * Checks order and overlap.
   *
   * @throws IllegalArgumentException if units overlap or reach beyond the text
   */
  public UnitText {
    units = List.copyOf(units);
    players = List.copyOf(players);
    int end = 0;
    for (Unit unit : units) {
      if (unit.start() < end || unit.end() > text.length()) {
        throw new IllegalArgumentException("unit " + unit + " after " + end);
      }
      end = unit.end();
    }
  }

  /** A text of which every unit can be deleted. */
  public static UnitText of(String text, List<Unit> units) {
    return new UnitText(
        text, units, IntStream.range(0, units.size()).boxed().toList(), Optional.empty());
  }

  /** The text of a player. */
  public String player(int player) {
    return units.get(players.get(player)).of(text);
  }

  /** The text without some players. */
  public String without(Removed removed) {
    if (removed.size() == 0) {
      return text;
    }
    boolean[] gone = new boolean[units.size()];
    removed.players().forEach(player -> gone[players.get(player)] = true);
    StringBuilder kept = new StringBuilder();
    boolean rowHasText = false;
    int end = 0;
    for (int i = 0; i < units.size(); i++) {
      Unit unit = units.get(i);
      String gap = text.substring(end, unit.start());
      end = unit.end();
      boolean separates = i > 0 && gap.isBlank();
      if (!separates) {
        kept.append(gap);
        rowHasText = false;
      }
      if (!gone[i] || replacement.isPresent()) {
        kept.append(separates && rowHasText ? gap : "");
        kept.append(gone[i] ? replacement.orElse("") : unit.of(text));
        rowHasText = true;
      }
    }
    return kept.append(text, end, text.length()).toString();
  }
}
