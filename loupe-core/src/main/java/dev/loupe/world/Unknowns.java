package dev.loupe.world;

import java.util.List;

/** Questions on people of whom nothing is known, and the answer that says so. */
final class Unknowns implements Source {
  static final String ANSWER = "I do not know";

  private static final List<Relation> RELATIONS =
      List.of(
          Relation.BIRTHDAY,
          Relation.BIRTHDAY,
          Relation.BIRTHDAY,
          Relation.PROFESSION,
          Relation.HOME_TOWN,
          Relation.EMPLOYER);

  private final List<String> people;
  private final RandomSource random;
  private int at;

  Unknowns(World world) {
    people = world.unknownPeople();
    random = RandomSource.of(world.seed(), Family.UNKNOWN.label());
  }

  @Override
  public long remaining() {
    return (long) people.size() - at;
  }

  @Override
  public Draft next() {
    List<Template> frames = Questions.questionFrames(random.pick(RELATIONS));
    String question = random.pick(frames).question(people.get(at++));
    return new Draft().add(question + " " + ANSWER + ".").task("unknown");
  }
}
