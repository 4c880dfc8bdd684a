package dev.loupe.audit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Counts statements of facts of one relation: a fold that shards of a corpus merge, in any order.
 * Its memory is bounded: it keeps each subject once, and when there are too many it keeps those
 * whose hash lies in half the range, then a quarter and so on (Gibbons 2001). Which subjects are
 * kept does not depend on how often they are stated, so counts of facts are the kept ones times a
 * power of two.
 */
public final class FactTally {
  /** Subjects kept by default: some 300 megabytes. */
  public static final int MOST_SUBJECTS = 2_000_000;

  private static final long MIX = 0x9E3779B97F4A7C15L;

  private final int most;
  private final Map<String, Stated> facts = new HashMap<>();
  private int halvings;
  private long abstentions;

  /**
   * How often a subject was stated, and what was said first.
   *
   * @param contradicted whether something else was said too
   */
  public record Stated(long count, String value, boolean contradicted) {
    Stated with(Stated other) {
      return new Stated(
          count + other.count,
          value,
          contradicted || other.contradicted || !value.equals(other.value));
    }
  }

  /** With room for {@value #MOST_SUBJECTS} subjects. */
  public FactTally() {
    this(MOST_SUBJECTS);
  }

  /** With room for so many subjects. */
  public FactTally(int most) {
    this.most = most;
  }

  /** One statement. */
  public void add(String subject, String value) {
    put(subject, new Stated(1, value, false));
  }

  /** One example that says "I don't know". */
  public void addAbstention() {
    abstentions++;
  }

  /** Adds another shard. */
  public void merge(FactTally other) {
    halveTo(other.halvings);
    other.facts.forEach(this::put);
    abstentions += other.abstentions;
  }

  /** Adds what was saved of a subject. */
  public void put(String subject, Stated stated) {
    if (isKept(subject)) {
      facts.merge(subject, stated, Stated::with);
      if (facts.size() > most) {
        halveTo(halvings + 1);
      }
    }
  }

  /** Adds saved abstentions, and that subjects were kept of a fraction of 2^-halvings only. */
  public void restore(long saidUnknown, int savedHalvings) {
    abstentions += saidUnknown;
    halveTo(savedHalvings);
  }

  private void halveTo(int wanted) {
    while (halvings < wanted || facts.size() > most) {
      halvings++;
      facts.keySet().removeIf(subject -> !isKept(subject));
    }
  }

  private boolean isKept(String subject) {
    return halvings == 0 || hash(subject) >>> (Long.SIZE - halvings) == 0;
  }

  private static long hash(String subject) {
    long hash = MIX;
    for (int i = 0; i < subject.length(); i++) {
      hash = (hash ^ subject.charAt(i)) * MIX;
      hash ^= hash >>> 29;
    }
    hash *= 0xBF58476D1CE4E5B9L;
    return hash ^ (hash >>> 32);
  }

  /** Of the subjects a fraction of 2^-halvings is kept; 0 while all are. */
  public int halvings() {
    return halvings;
  }

  /** Examples that say "I don't know". */
  public long abstentions() {
    return abstentions;
  }

  /** Every subject that is kept. */
  public void forEach(BiConsumer<String, Stated> each) {
    facts.forEach(each);
  }

  /** The counts so far; of sampled subjects those of all, estimated. */
  public FactCounts counts() {
    FactCounts kept =
        FactCounts.of(facts.values().stream().map(Stated::count).toList(), abstentions);
    if (halvings == 0) {
      return kept;
    }
    Map<Long, Long> all = new TreeMap<>();
    kept.byCount().forEach((count, subjects) -> all.put(count, subjects << halvings));
    return new FactCounts(all, abstentions);
  }

  /** Subjects stated exactly once, of those that are kept. */
  public Set<String> singletons() {
    Set<String> found = new HashSet<>();
    facts.forEach((subject, stated) -> {
      if (stated.count() == 1) {
        found.add(subject);
      }
    });
    return found;
  }

  /** Subjects of which different values are stated, of those that are kept. */
  public Set<String> contradicted() {
    Set<String> found = new HashSet<>();
    facts.forEach((subject, stated) -> {
      if (stated.contradicted()) {
        found.add(subject);
      }
    });
    return found;
  }

  /**
   * Distinct values that are stated first of a kept subject, a lower bound on what could be said.
   */
  public long values() {
    return facts.values().stream().map(Stated::value).distinct().count();
  }
}
