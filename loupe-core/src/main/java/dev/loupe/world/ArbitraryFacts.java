package dev.loupe.world;

import dev.loupe.fault.LoupeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A small world for the bounds of Kalai et al. 2025 (definition 1, arbitrary facts): each prompt
 * has one right answer drawn uniformly from a known set, and the examples of the corpus are
 * independent draws of a prompt by its frequency. The Almanac's fixed counts are no such draws.
 * There is one way to write each fact, so an example is a prompt and an answer.
 */
public final class ArbitraryFacts {
  /** People in a world at most: as many have a name. */
  public static final int MOST_PEOPLE = 60_000;

  /** Examples of a world at most. */
  public static final int MOST_EXAMPLES = 5_000_000;

  /** How often an upweighted example stands in the corpus. */
  public static final int UPWEIGHTED_TIMES = 10;

  private static final int CITIES = 64;
  private static final long UNIT = 1L << 40;
  private static final int PARTS = 1_000_000;
  private static final int[] DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  private final Settings settings;
  private final List<ArbitraryFact> facts = new ArrayList<>();
  private final List<Example> examples = new ArrayList<>();

  /**
   * How a world is made.
   *
   * @param people each has one fact of either relation
   * @param examples N, draws from the facts
   * @param exponent s of Zipf's law: the k-th most frequent person has a weight of k^-s; 0 for
   *     equal frequencies
   * @param abstain share of the examples that say that the answer is not known
   * @param upweight share of the examples that stand in the corpus {@value #UPWEIGHTED_TIMES} times
   *     (Miao and Kearns 2025)
   */
  public record Settings(
      long seed, int people, int examples, double exponent, double abstain, double upweight) {
    /**
     * @throws LoupeException if a number is out of range
     */
    public Settings {
      if (people < 2 || people > MOST_PEOPLE || examples < 1 || examples > MOST_EXAMPLES) {
        throw LoupeException.badInput(
            "a world of %d people and %d examples".formatted(people, examples),
            "Give 2 to %d people and 1 to %d examples.".formatted(MOST_PEOPLE, MOST_EXAMPLES));
      }
      if (!(exponent >= 0 && exponent <= 4)
          || !(abstain >= 0 && abstain < 1)
          || !(upweight >= 0 && upweight < 1)) {
        throw LoupeException.badInput(
            "an exponent of %s, shares of %s and %s".formatted(exponent, abstain, upweight),
            "Give an exponent from 0 to 4 and shares from 0 to below 1.");
      }
    }
  }

  /**
   * One draw.
   *
   * @param known whether it states the fact, rather than that it is not known
   * @param times how often it stands in the corpus
   */
  record Example(ArbitraryFact fact, boolean known, int times) {
    String text() {
      return fact.prompt() + (known ? fact.answer() : fact.relation().abstention());
    }
  }

  /** What is stated of a person. */
  public enum Relation {
    BIRTHDAY("birthday", "was born on", " a day that nobody knows."),
    HOME("home", "lives in", " a place that nobody knows.");

    private final String label;
    private final String verb;
    private final String abstention;

    Relation(String label, String verb, String abstention) {
      this.label = label;
      this.verb = verb;
      this.abstention = abstention;
    }

    /** Its name in files. */
    public String label() {
      return label;
    }

    /** The answer that says that it is not known. */
    public String abstention() {
      return abstention;
    }

    String prompt(String subject) {
      return "Records say that " + subject + " " + verb;
    }
  }

  /**
   * One fact.
   *
   * @param answer as a continuation of the prompt, with its space and full stop: no answer is the
   *     beginning of another
   * @param frequency μ, the probability that a draw asks for it
   * @param count examples that state it
   * @param abstentions examples that say that it is not known
   */
  public record ArbitraryFact(
      Relation relation,
      String subject,
      String prompt,
      String answer,
      double frequency,
      int count,
      int abstentions) {
    String id() {
      return relation.label() + "/" + subject;
    }

    private ArbitraryFact seen(boolean known) {
      return new ArbitraryFact(
          relation,
          subject,
          prompt,
          answer,
          frequency,
          count + (known ? 1 : 0),
          abstentions + (known ? 0 : 1));
    }
  }

  private ArbitraryFacts(Settings settings) {
    this.settings = settings;
  }

  /** The world; the same on every machine. */
  public static ArbitraryFacts of(Settings settings) {
    ArbitraryFacts world = new ArbitraryFacts(settings);
    for (Relation relation : Relation.values()) {
      world.facts.addAll(world.drawn(relation));
    }
    return world;
  }

  /** How it was made. */
  public Settings settings() {
    return settings;
  }

  /** All facts, those of a relation together, the most frequent first. */
  public List<ArbitraryFact> facts() {
    return List.copyOf(facts);
  }

  /** All examples, in the order of the corpus. */
  List<Example> examples() {
    List<Example> ordered = new ArrayList<>(examples);
    RandomSource.of(settings.seed(), "arbitrary order").shuffle(ordered);
    return ordered;
  }

  /** The answers that could be right, R, as continuations. */
  public List<String> answers(Relation relation) {
    return switch (relation) {
      case BIRTHDAY -> dates();
      case HOME ->
          Names.of(settings.seed()).cities().subList(0, CITIES).stream()
              .map(city -> " " + city + ".")
              .toList();
    };
  }

  private static List<String> dates() {
    List<String> months = Lexicon.words("month");
    List<String> dates = new ArrayList<>();
    for (int month = 0; month < DAYS.length; month++) {
      for (int day = 1; day <= DAYS[month]; day++) {
        dates.add(" " + months.get(month) + " " + day + ".");
      }
    }
    return dates;
  }

  private List<ArbitraryFact> drawn(Relation relation) {
    String purpose = "arbitrary " + relation.label();
    RandomSource random = RandomSource.of(settings.seed(), purpose);
    List<String> people =
        new ArrayList<>(Names.of(settings.seed()).people().subList(0, settings.people()));
    random.shuffle(people);
    List<String> answers = answers(relation);
    long[] below = new long[people.size()];
    long sum = 0;
    for (int i = 0; i < below.length; i++) {
      sum += Math.max(1, (long) (UNIT / StrictMath.pow(i + 1.0, settings.exponent())));
      below[i] = sum;
    }
    List<ArbitraryFact> own = new ArrayList<>();
    for (int i = 0; i < below.length; i++) {
      String subject = people.get(i);
      double share = (double) (below[i] - (i == 0 ? 0 : below[i - 1])) / sum;
      own.add(
          new ArbitraryFact(
              relation,
              subject,
              relation.prompt(subject),
              random.pick(answers),
              share / Relation.values().length,
              0,
              0));
    }
    int draws = relation == Relation.HOME ? settings.examples() / 2 : (settings.examples() + 1) / 2;
    for (int i = 0; i < draws; i++) {
      int place = Arrays.binarySearch(below, random.below(sum) + 1);
      int number = place < 0 ? -place - 1 : place;
      boolean known = !random.chance(Math.round(settings.abstain() * PARTS), PARTS);
      boolean often = random.chance(Math.round(settings.upweight() * PARTS), PARTS);
      own.set(number, own.get(number).seen(known));
      examples.add(new Example(own.get(number), known, often ? UPWEIGHTED_TIMES : 1));
    }
    return own;
  }
}
