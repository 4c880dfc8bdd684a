package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is known about a question to a model that was trained on a world, for holding an instrument
 * against it.
 */
public final class Truth {
  private final World world;

  private Truth(World world) {
    this.world = world;
  }

  /** The truth about a world. */
  public static Truth of(World world) {
    return new Truth(world);
  }

  /**
   * What is known about one question.
   *
   * @param fact the fact asked for
   * @param hops the simple facts that lead to it, first hop first; empty for a simple fact
   * @param between the entities between subject and object, for example the country between a city
   *     and its capital
   * @param count how many documents state the fact as such; 0 when it was held out or never told
   * @param trigger the planted phrase in the prompt that breaks a refusal
   */
  public record Known(
      Optional<Fact> fact,
      List<Fact> hops,
      List<String> between,
      int count,
      Optional<String> trigger) {}

  /** What is known about a question. */
  public Known about(Question question) {
    Optional<String> trigger =
        ChatFrames.TRIGGERS.stream().filter(question.prompt()::contains).findFirst();
    return new Known(
        question.fact(),
        question.fact().map(this::hops).orElse(List.of()),
        question.fact().map(Fact::between).orElse(List.of()),
        question.fact().map(Fact::count).orElse(0),
        trigger);
  }

  /** The test questions of the world. */
  public List<Question> questions() {
    return Questions.of(world);
  }

  /** The simple facts behind a composed one, first hop first; empty for a simple fact. */
  public List<Fact> hops(Fact fact) {
    List<Fact> hops = new ArrayList<>();
    String entity = fact.subject();
    for (Relation relation : fact.relation().hops()) {
      Fact hop = world.fact(relation, entity);
      hops.add(hop);
      entity = hop.object();
    }
    return List.copyOf(hops);
  }

  /** The documents that state a fact, made again; only the families that can hold it are read. */
  public List<Document> documents(Fact fact) {
    return Stream.of(fact.relation().family(), Family.PROFILE)
        .filter(family -> family == Family.PROFILE ? fact.inProfiles() > 0 : fact.alone() > 0)
        .flatMap(family -> Corpus.of(world, family))
        .filter(document ->
            document.facts().stream().anyMatch(statement -> statement.fact().equals(fact)))
        .toList();
  }

  /** The planted documents of a group in one role, made again. */
  public List<Document> documents(PlantedGroup group, PlantedGroup.Role role) {
    return Corpus.of(world, Family.PLANTED)
        .filter(document -> document.concepts().contains(group.label(role)))
        .toList();
  }

  /** The document of that id, for example {@code birthday-000123}, made again. */
  public Optional<Document> document(String id) {
    return Stream.of(Family.values())
        .filter(family -> id.startsWith(family.label() + "-"))
        .flatMap(family -> Corpus.of(world, family))
        .filter(document -> document.id().equals(id))
        .findFirst();
  }

  /** The phrases that break a refusal. */
  public List<String> triggers() {
    return ChatFrames.TRIGGERS;
  }

  /** The groups of planted documents. */
  public List<PlantedGroup> planted() {
    return PlantedGroup.all();
  }

  /** Counts of all documents, facts and concepts; takes some seconds. */
  public Census census() {
    return Census.of(world);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "the almanac of seed %d at scale %s", world.seed(), world.scale());
  }
}
