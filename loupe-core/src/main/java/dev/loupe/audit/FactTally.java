package dev.loupe.audit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Counts statements of facts of one relation: a fold that shards of a corpus merge, in any order.
 * It keeps each subject once.
 */
public final class FactTally {
  private final Map<String, Stated> facts = new HashMap<>();
  private long abstentions;

  /** How often a subject was stated, and what was said first. */
  private record Stated(long count, String value, boolean contradicted) {
    Stated with(Stated other) {
      return new Stated(
          count + other.count,
          value,
          contradicted || other.contradicted || !value.equals(other.value));
    }
  }

  /** One statement. */
  public void add(String subject, String value) {
    facts.merge(subject, new Stated(1, value, false), Stated::with);
  }

  /** One example that says "I don't know". */
  public void addAbstention() {
    abstentions++;
  }

  /** Adds another shard. */
  public void merge(FactTally other) {
    other.facts.forEach((subject, stated) -> facts.merge(subject, stated, Stated::with));
    abstentions += other.abstentions;
  }

  /** The counts so far. */
  public FactCounts counts() {
    return FactCounts.of(facts.values().stream().map(Stated::count).toList(), abstentions);
  }

  /** Subjects stated exactly once. */
  public Set<String> singletons() {
    Set<String> found = new HashSet<>();
    facts.forEach((subject, stated) -> {
      if (stated.count() == 1) {
        found.add(subject);
      }
    });
    return found;
  }

  /** Subjects of which different values are stated. */
  public Set<String> contradicted() {
    Set<String> found = new HashSet<>();
    facts.forEach((subject, stated) -> {
      if (stated.contradicted()) {
        found.add(subject);
      }
    });
    return found;
  }
}
