package dev.loupe.world;

import java.util.List;

/**
 * Brackets and quotes within each other. Each pair holds a word, perhaps another pair, and a word,
 * so that a reader who counts knows when it must close.
 */
final class Brackets implements Procedure {
  static final int DEEPEST = 3;
  static final List<String> OPENERS = List.of("(", "[", "{", "<", "“");
  static final List<String> CLOSERS = List.of(")", "]", "}", ">", "”");
  static final String LEAD = "Brackets:";

  @Override
  public Draft next(RandomSource random) {
    Draft draft = new Draft().add(LEAD).task("brackets");
    int groups = random.between(1, 3);
    for (int i = 0; i < groups; i++) {
      pair(draft, random.between(1, DEEPEST), random);
    }
    return draft;
  }

  /** One pair with {@code depth - 1} further pairs within each other. */
  private static void pair(Draft draft, int depth, RandomSource random) {
    int kind = random.below(OPENERS.size());
    draft.add(" " + OPENERS.get(kind) + " " + word(random));
    if (depth > 1) {
      pair(draft, depth - 1, random);
    }
    draft.add(" " + word(random) + " " + CLOSERS.get(kind));
  }

  /** How many pairs are open before the closer at {@code at}, its own included. */
  static int depth(String text, int at) {
    int depth = 0;
    for (int i = 0; i < at; i++) {
      String character = text.substring(i, i + 1);
      depth += OPENERS.contains(character) ? 1 : CLOSERS.contains(character) ? -1 : 0;
    }
    return depth;
  }

  private static String word(RandomSource random) {
    return Lexicon.word("noun", random);
  }
}
