package dev.loupe.world;

/** The supply of each family of a world. No supply depends on another. */
final class Sources {
  private Sources() {}

  static Source of(World world, Family family) {
    return switch (family) {
      case BIRTHDAY, ATTRIBUTE, GEOGRAPHY, TWO_HOP, PLAYER, RIVAL, THREE_HOP, STRANGER ->
          new FactSource(world, family);
      case PROFILE -> new ProfileSource(world);
      case PROSE -> new Prose(world);
      case UNKNOWN -> new Unknowns(world);
      case PLANTED -> new PlantedSource(world);
      case YEARS, SUM_STEPS, SUM_DIRECT, BRACKETS, INDUCTION, INDIRECT_OBJECT, AGREEMENT, LIST ->
          procedure(world, family).source(world.seed(), family, world.tokens(family));
    };
  }

  private static Procedure procedure(World world, Family family) {
    return switch (family) {
      case YEARS -> new Years();
      case SUM_STEPS -> new Sums(world.seed()).withSteps();
      case SUM_DIRECT -> new Sums(world.seed()).direct();
      case BRACKETS -> new Brackets();
      case INDUCTION -> new Induction();
      case INDIRECT_OBJECT -> new IndirectObject(world.names().first());
      case AGREEMENT -> new Agreement();
      case LIST -> new Lists();
      default -> throw new IllegalArgumentException(family + " is no procedure");
    };
  }
}
