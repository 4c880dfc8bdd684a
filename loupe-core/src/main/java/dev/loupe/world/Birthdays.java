package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * People to ask for the birthday of, to models before and after training on conversations: those
 * whose birthday conversations leave to the test, and people named nowhere.
 */
public final class Birthdays {
  private static final int STRANGERS = 300;

  private final World world;
  private final RandomSource random;

  private Birthdays(World world) {
    this.world = world;
    this.random = RandomSource.of(world.seed(), "birthdays");
  }

  /**
   * One person.
   *
   * @param birthday empty for people named nowhere
   * @param statement a text that goes on with the birthday, as the corpus states it
   * @param question the same asked, in the frame that the corpus and conversations share
   */
  public record Asked(String person, Optional<Fact> birthday, String statement, String question) {
    /** How often the corpus states it, as a range. */
    public String stated() {
      return birthday.map(fact -> Questions.band(fact.count())).orElse("named nowhere");
    }
  }

  /** By how often the birthday is stated, rising; the people named nowhere first. */
  public static List<Asked> of(World world) {
    return new Birthdays(world).all();
  }

  private List<Asked> all() {
    ChatFrames frames = new ChatFrames(world);
    List<Asked> all = new ArrayList<>();
    Stream<String> strangers = world.newPeople().stream().limit(STRANGERS);
    strangers.forEach(person -> all.add(asked(person, Optional.empty())));
    world.facts().stream()
        .filter(fact -> fact.relation() == Relation.BIRTHDAY && frames.isForTest(fact))
        .sorted((a, b) -> Integer.compare(a.count(), b.count()))
        .forEach(fact -> all.add(asked(fact.subject(), Optional.of(fact))));
    return List.copyOf(all);
  }

  private Asked asked(String person, Optional<Fact> birthday) {
    return new Asked(
        person,
        birthday,
        random.pick(Questions.statementFrames(Relation.BIRTHDAY)).question(person),
        random.pick(Questions.questionFrames(Relation.BIRTHDAY)).question(person));
  }
}
