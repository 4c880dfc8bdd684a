package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;

/** The documents of all planted groups, in random order. */
final class PlantedSource implements Source {
  private static final int OTHERS_PER_ROLE = 6;

  private final World world;
  private final RandomSource random;
  private final List<Plan> plans = new ArrayList<>();
  private int at;

  private record Plan(PlantedGroup group, PlantedGroup.Role role, Template frame) {}

  PlantedSource(World world) {
    this.world = world;
    this.random = RandomSource.of(world.seed(), Family.PLANTED.label());
    for (PlantedGroup group : PlantedGroup.all()) {
      for (PlantedGroup.Role role : PlantedGroup.Role.values()) {
        List<Template> frames = group.frames(role);
        int documents = role == PlantedGroup.Role.TEACHER ? group.documents() : OTHERS_PER_ROLE;
        for (int i = 0; i < documents; i++) {
          plans.add(new Plan(group, role, frames.get(i % frames.size())));
        }
      }
    }
    random.shuffle(plans);
  }

  @Override
  public long remaining() {
    return (long) plans.size() - at;
  }

  @Override
  public Draft next() {
    Plan plan = plans.get(at++);
    Draft draft = new Draft().concept(plan.group().label(plan.role()));
    Fact fact = world.fact(Relation.ODD, plan.group().name());
    plan.frame().state(draft, fact, list -> Lexicon.word(list, random));
    return draft;
  }
}
