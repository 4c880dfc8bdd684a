package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;

/** Lists that everybody can continue: days, months, numbers, letters. */
final class Lists implements Procedure {
  static final String LEAD = "List:";

  private static final List<String> CYCLES = List.of("weekday", "month", "letter");

  @Override
  public Draft next(RandomSource random) {
    return new Draft().add(LEAD + " " + String.join(", ", items(random)) + ".").task("list");
  }

  /** From four to nine items. */
  static List<String> items(RandomSource random) {
    int length = random.between(4, 9);
    List<String> items = new ArrayList<>(length);
    int kind = random.below(CYCLES.size() + 3);
    if (kind < CYCLES.size()) {
      List<String> cycle = Lexicon.words(CYCLES.get(kind));
      int start = random.below(cycle.size());
      for (int i = 0; i < length; i++) {
        items.add(cycle.get((start + i) % cycle.size()));
      }
      return items;
    }
    if (kind == CYCLES.size()) {
      List<String> numbers = Lexicon.words("number");
      int start = random.below(numbers.size() - length + 1);
      return numbers.subList(start, start + length);
    }
    int step = kind == CYCLES.size() + 1 ? 1 : random.pick(List.of(2, 5, 10));
    int start = random.between(1, 99 - step * (length - 1));
    for (int i = 0; i < length; i++) {
      items.add(Integer.toString(start + i * step));
    }
    return items;
  }
}
