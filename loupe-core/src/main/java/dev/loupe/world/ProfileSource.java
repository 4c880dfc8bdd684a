package dev.loupe.world;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Paragraphs that state several facts on one person, country or team. */
final class ProfileSource implements Source {
  private final List<List<Fact>> paragraphs = new ArrayList<>();
  private final RandomSource random;
  private int at;

  ProfileSource(World world) {
    random = RandomSource.of(world.seed(), Family.PROFILE.label());
    Map<String, List<Fact>> bySubject = new LinkedHashMap<>();
    for (Fact fact : world.facts()) {
      if (fact.inProfiles() > 0) {
        bySubject.computeIfAbsent(fact.subject(), _ -> new ArrayList<>()).add(fact);
      }
    }
    for (List<Fact> facts : bySubject.values()) {
      for (int i = 0; i < facts.getFirst().inProfiles(); i++) {
        paragraphs.add(facts);
      }
    }
    random.shuffle(paragraphs);
  }

  @Override
  public long remaining() {
    return (long) paragraphs.size() - at;
  }

  @Override
  public Draft next() {
    List<Fact> facts = new ArrayList<>(paragraphs.get(at++));
    String section = kind(facts.getFirst()) + "-profile";
    Draft draft = new Draft();
    random.pick(Lexicon.frames(section)).fill(draft, _ -> facts.getFirst().subject());
    facts.getFirst().relation().family().theme().ifPresent(draft::concept);
    random.shuffle(facts);
    for (Fact fact : facts) {
      if (random.chance(1, 3)) {
        random
            .pick(Lexicon.frames(section + "-aside"))
            .fill(draft.add(" "), list -> Lexicon.word(list, random));
      }
      random
          .pick(Lexicon.frames(section + "-" + fact.relation().label()))
          .state(draft.add(" "), fact, list -> Lexicon.word(list, random));
      draft.task(fact.relation().label());
    }
    return draft;
  }

  private static String kind(Fact fact) {
    return switch (fact.relation().family()) {
      case GEOGRAPHY -> "country";
      case PLAYER -> "team";
      default -> "person";
    };
  }
}
