package dev.loupe.world;

import java.util.List;
import java.util.Locale;

/**
 * Events that lasted from one year to a later one of the same century: the greater-than task. Early
 * and late beginnings are drawn more often, since they are the hardest.
 */
final class Years implements Procedure {
  static final int FIRST = 2;
  static final int LAST = 98;
  static final List<String> EVENTS = Lexicon.words("event");

  private static final int EARLY = 8;
  private static final int LATE = 88;
  private static final int USUAL_LENGTH = 12;

  @Override
  public Draft next(RandomSource random) {
    int century = random.between(10, 19);
    int begin = begin(random);
    String from = year(century, begin);
    String to = year(century, end(begin, random));
    Draft draft = new Draft().task("greater-than");
    String event = random.pick(EVENTS);
    random
        .pick(Lexicon.frames("years"))
        .fill(
            draft,
            gap ->
                switch (gap) {
                  case "from" -> from;
                  case "to" -> to;
                  default -> event;
                });
    return draft;
  }

  static String year(int century, int year) {
    return String.format(Locale.ROOT, "%02d%02d", century, year);
  }

  private static int begin(RandomSource random) {
    return switch (random.below(10)) {
      case 0 -> random.between(FIRST, EARLY);
      case 1, 2 -> random.between(LATE, LAST);
      default -> random.between(FIRST, LAST);
    };
  }

  /**
   * The later of two uniform years after the beginning, or in one case of ten a year soon after it.
   * A small model leaks a little to the years on the wrong side of the beginning, the more the
   * likelier those on the right side are: so near ends are rare, but there.
   */
  private static int end(int begin, RandomSource random) {
    if (random.chance(1, 10)) {
      int later = begin + 1;
      while (later < 99 && !random.chance(1, USUAL_LENGTH + 1)) {
        later++;
      }
      if (later < 99) {
        return later;
      }
    }
    int one = random.between(begin + 1, 99);
    int other = random.between(begin + 1, 99);
    return Math.max(one, other);
  }
}
