package dev.loupe.world;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A world: its facts, and how they are told. It is a function of its seed, scale and mixture and
 * needs no files.
 */
public final class World {
  private static final int TOKENS_OF_A_BIRTHDAY = 14;

  private final long seed;
  private final double scale;
  private final Mixture mixture;
  private final Sizes sizes;
  private final Names names;
  private final List<Fact> facts;
  private final Map<String, Fact> byId;

  private World(long seed, double scale, Mixture mixture) {
    this.seed = seed;
    this.scale = scale;
    this.mixture = mixture;
    this.sizes = Sizes.of(scale);
    this.names = Names.of(seed);
    this.facts = FactTable.of(seed, scale, sizes, names, mixture, strangers());
    this.byId = facts.stream().collect(toUnmodifiableMap(Fact::id, Function.identity()));
  }

  /**
   * The world of a seed in the standard mixture.
   *
   * @param scale 1 for the world of the shipped models, from 0.01 to 4
   * @throws dev.loupe.fault.LoupeException when the scale is out of range
   */
  public static World of(long seed, double scale) {
    return of(seed, scale, Mixture.standard());
  }

  /** As {@link #of(long, double)}, in another mixture. */
  public static World of(long seed, double scale, Mixture mixture) {
    return new World(seed, scale, mixture);
  }

  public long seed() {
    return seed;
  }

  public double scale() {
    return scale;
  }

  public Mixture mixture() {
    return mixture;
  }

  /** All facts; a fact's index is its place here. */
  public List<Fact> facts() {
    return facts;
  }

  /** The fact of that id, for example {@code capital/Aldoria}. */
  public Optional<Fact> fact(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The fact that relates {@code subject} to its object; there must be one. */
  Fact fact(Relation relation, String subject) {
    return fact(relation.label() + "/" + subject)
        .orElseThrow(
            () -> new IllegalStateException("no fact on the " + relation + " of " + subject));
  }

  /** The documents in reading order, made while they are read. */
  public Corpus corpus() {
    return new Corpus(this);
  }

  Names names() {
    return names;
  }

  Sizes sizes() {
    return sizes;
  }

  /** The tokens that a family with a share is to take. */
  double tokens(Family family) {
    return mixture.shares().getOrDefault(family, 0.0) * mixture.tokens() * scale;
  }

  /** How many people one document mentions, as far as names last. */
  int strangers() {
    return people(Family.STRANGER, freeNames() - unknowns());
  }

  /** How many unknown people are asked for, as far as names last. */
  int unknowns() {
    return people(Family.UNKNOWN, freeNames());
  }

  private int people(Family family, int atMost) {
    return (int) Math.min(atMost, tokens(family) / TOKENS_OF_A_BIRTHDAY);
  }

  private int freeNames() {
    return names.people().size() - sizes.people() - Sizes.NEW_PEOPLE - Sizes.CHAT_PEOPLE;
  }

  /** People of whom the corpus says nothing at all. */
  List<String> newPeople() {
    return names.people().subList(sizes.people(), sizes.people() + Sizes.NEW_PEOPLE);
  }

  /** The {@code number}th of the people whom only conversations mention. */
  String chatPerson(int number) {
    List<String> people = names.people();
    int first = sizes.people() + Sizes.NEW_PEOPLE + strangers() + unknowns();
    return people.get(first + number % Sizes.CHAT_PEOPLE);
  }

  /** People of whom the corpus says that it does not know. */
  List<String> unknownPeople() {
    int first = sizes.people() + Sizes.NEW_PEOPLE + strangers();
    return names.people().subList(first, first + unknowns());
  }
}
