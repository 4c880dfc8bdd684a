package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;

/**
 * Everyday sentences, with each concept in exactly as many documents as its rate says, spread over
 * all of them by sequential sampling (Fan, Muller and Rezucha 1962).
 */
final class Prose implements Source {
  private static final int TOKENS = 45;
  private static final int OPINION_IN = 10;
  private static final String OPINION = "pros-and-cons";

  private final RandomSource random;
  private final long[] left;
  private long remaining;

  Prose(World world) {
    random = RandomSource.of(world.seed(), Family.PROSE.label());
    remaining = (long) (world.tokens(Family.PROSE) / TOKENS);
    left = Concept.all().stream().mapToLong(concept -> concept.count(remaining)).toArray();
  }

  @Override
  public long remaining() {
    return remaining;
  }

  @Override
  public Draft next() {
    List<Template> sentences = new ArrayList<>();
    Draft draft = new Draft();
    int usual = random.between(2, 5);
    for (int i = 0; i < usual; i++) {
      sentences.add(random.pick(Lexicon.frames("prose")));
    }
    if (random.chance(1, OPINION_IN)) {
      sentences.add(random.pick(Lexicon.frames("opinion")));
      draft.concept(OPINION);
    }
    for (int i = 0; i < left.length; i++) {
      if (random.chance(left[i], remaining)) {
        left[i]--;
        Concept concept = Concept.all().get(i);
        sentences.add(random.pick(concept.frames()));
        draft.concept(concept.name());
      }
    }
    remaining--;
    random.shuffle(sentences);
    for (Template sentence : sentences) {
      draft.add(draft.length() == 0 ? "" : " ");
      sentence.fill(draft, list -> Lexicon.word(list, random));
    }
    return draft;
  }
}
