package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;

/** A sequence of different random words, two to five times over. */
final class Induction implements Procedure {
  static final String LEAD = "Words:";

  private static final List<String> WORDS = words();

  @Override
  public Draft next(RandomSource random) {
    Draft draft = new Draft().add(LEAD).task("induction");
    List<String> sequence = sequence(random);
    int times = random.between(2, 5);
    for (int i = 0; i < times; i++) {
      sequence.forEach(word -> draft.add(" " + word));
    }
    return draft;
  }

  static List<String> sequence(RandomSource random) {
    int length = random.between(4, 14);
    List<String> sequence = new ArrayList<>(length);
    while (sequence.size() < length) {
      String word = random.pick(WORDS);
      if (!sequence.contains(word)) {
        sequence.add(word);
      }
    }
    return sequence;
  }

  private static List<String> words() {
    List<String> words = new ArrayList<>();
    for (String list : List.of("noun", "adjective", "action", "first", "team", "event")) {
      words.addAll(Lexicon.words(list));
    }
    return List.copyOf(words);
  }
}
