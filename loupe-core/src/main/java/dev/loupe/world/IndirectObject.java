package dev.loupe.world;

import java.util.List;
import java.util.function.UnaryOperator;

/** Two people go somewhere, and one gives something to the other. */
final class IndirectObject implements Procedure {
  private final List<String> names;

  IndirectObject(List<String> names) {
    this.names = names;
  }

  @Override
  public Draft next(RandomSource random) {
    Draft draft = new Draft().task("indirect-object");
    frame(random).fill(draft, words(random));
    return draft;
  }

  static Template frame(RandomSource random) {
    return random.pick(Lexicon.frames("indirect-object"));
  }

  /** Who is who: {@code G} gives to {@code R}; either may be named first. */
  UnaryOperator<String> words(RandomSource random) {
    String one = random.pick(names);
    String other = random.pickOther(names, one);
    boolean firstGives = random.chance(1, 2);
    String place = Lexicon.word("place", random);
    String thing = Lexicon.word("thing", random);
    return gap ->
        switch (gap) {
          case "A" -> one;
          case "B" -> other;
          case "G" -> firstGives ? one : other;
          case "R" -> firstGives ? other : one;
          case "place" -> place;
          default -> thing;
        };
  }
}
