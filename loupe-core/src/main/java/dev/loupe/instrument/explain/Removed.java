package dev.loupe.instrument.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A set of players that are left out.
 *
 * @param players their numbers, rising
 */
public record Removed(List<Integer> players) {
  /** Nothing is left out. */
  public static final Removed NONE = new Removed(List.of());

  public Removed {
    players = players.stream().distinct().sorted().toList();
  }

  /** These players. */
  public static Removed of(Integer... players) {
    return new Removed(List.of(players));
  }

  /** The players whose bit is set, the lowest bit being player 0. */
  static Removed mask(long bits) {
    return new Removed(
        IntStream.range(0, Long.SIZE).filter(i -> (bits >> i & 1) == 1).boxed().toList());
  }

  /** These and one more. */
  Removed and(int player) {
    List<Integer> more = new ArrayList<>(players);
    more.add(player);
    return new Removed(more);
  }

  boolean has(int player) {
    return players.contains(player);
  }

  int size() {
    return players.size();
  }

  /** All sets of {@code size} of these players, in lexicographic order of their places. */
  static List<Removed> combinations(List<Integer> from, int size) {
    List<Removed> all = new ArrayList<>();
    combine(from, size, 0, new ArrayList<>(), all);
    return all;
  }

  private static void combine(
      List<Integer> from, int size, int next, List<Integer> chosen, List<Removed> all) {
    if (chosen.size() == size) {
      all.add(new Removed(chosen));
      return;
    }
    for (int i = next; i < from.size(); i++) {
      chosen.add(from.get(i));
      combine(from, size, i + 1, chosen, all);
      chosen.removeLast();
    }
  }
}
