package dev.loupe.world;

import java.util.Arrays;
import java.util.List;

/**
 * Documents that state facts of one family, each fact as often as planned, in random order. Most
 * state one fact, some two or three.
 */
final class FactSource implements Source {
  private static final int ONE_IN_LONGER = 12;

  private final List<Fact> facts;
  private final int[] order;
  private final RandomSource random;
  private int at;

  FactSource(World world, Family family) {
    this.facts = world.facts().stream().filter(fact -> fact.relation().family() == family).toList();
    this.random = RandomSource.of(world.seed(), family.label());
    int[] mentions = new int[facts.stream().mapToInt(Fact::alone).sum()];
    int filled = 0;
    for (int i = 0; i < facts.size(); i++) {
      Arrays.fill(mentions, filled, filled + facts.get(i).alone(), i);
      filled += facts.get(i).alone();
    }
    random.shuffle(mentions);
    this.order = mentions;
  }

  @Override
  public long remaining() {
    return (long) order.length - at;
  }

  @Override
  public Draft next() {
    Draft draft = new Draft();
    int wanted = random.chance(1, ONE_IN_LONGER) ? random.between(2, 3) : 1;
    state(draft, facts.get(order[at++]));
    for (int i = 1; i < wanted && at < order.length; i++) {
      Fact fact = facts.get(order[at]);
      if (draft.states(fact)) {
        break;
      }
      at++;
      state(draft.add(" "), fact);
    }
    return draft;
  }

  private void state(Draft draft, Fact fact) {
    random.pick(frames(fact.relation())).state(draft, fact, list -> Lexicon.word(list, random));
    draft.task(fact.relation().label());
  }

  static List<Template> frames(Relation relation) {
    return Lexicon.frames((relation == Relation.STRANGER ? Relation.BIRTHDAY : relation).label());
  }
}
