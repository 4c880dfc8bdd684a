package dev.loupe.instrument.explain;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * @param substitutes what stands for each player that is left out; empty to delete them
 */
public record UnitText(
    String text, List<Unit> units, List<Integer> players, List<String> substitutes) {
  /**
   * Checks order and overlap.
   *
   * @throws IllegalArgumentException if units overlap or reach beyond the text, or if there are
   *     substitutes for some players only
   */
  public UnitText {
    units = List.copyOf(units);
    players = List.copyOf(players);
    substitutes = List.copyOf(substitutes);
    if (!substitutes.isEmpty() && substitutes.size() != players.size()) {
      throw new IllegalArgumentException(
          substitutes.size() + " substitutes for " + players.size() + " units");
    }
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
    return new UnitText(text, units, IntStream.range(0, units.size()).boxed().toList(), List.of());
  }

  /** The same with a text in the place of each player. */
  UnitText with(List<String> others) {
    return new UnitText(text, units, players, others);
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
    Map<Integer, String> gone = new HashMap<>();
    removed
        .players()
        .forEach(player ->
            gone.put(players.get(player), substitutes.isEmpty() ? "" : substitutes.get(player)));
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
      String standing = gone.getOrDefault(i, unit.of(text));
      if (!standing.isEmpty()) {
        kept.append(separates && rowHasText ? gap : "").append(standing);
        rowHasText = true;
      }
    }
    return kept.append(text, end, text.length()).toString();
  }
}
