package dev.loupe.audit.corpus;

import dev.loupe.audit.FactCounts;
import dev.loupe.audit.FactTally;
import dev.loupe.fault.LoupeException;
import java.util.Map;
import java.util.TreeMap;

/** Counts of a corpus by relation: a fold, which shards merge in any order. */
public final class CorpusCount {
  private static final int MOST_RELATIONS = 1_000;

  private final int most;
  private final Map<String, FactTally> relations = new TreeMap<>();
  private long documents;

  /**
   * Empty.
   *
   * @param most subjects kept of each relation; beyond it a sample of them is kept
   */
  public CorpusCount(int most) {
    this.most = most;
  }

  /** One statement. */
  public void add(FactStatement statement) {
    FactTally tally = relation(statement.relation());
    statement
        .value()
        .ifPresentOrElse(value -> tally.add(statement.subject(), value), tally::addAbstention);
  }

  /** So many documents were read. */
  public void addDocuments(long count) {
    documents += count;
  }

  /** Adds another shard. */
  public void merge(CorpusCount other) {
    other.relations.forEach((name, tally) -> relation(name).merge(tally));
    documents += other.documents;
  }

  /**
   * The tally of a relation.
   *
   * @throws LoupeException if there are too many relations
   */
  FactTally relation(String name) {
    FactTally known = relations.get(name);
    if (known != null) {
      return known;
    }
    if (relations.size() == MOST_RELATIONS) {
      throw LoupeException.resource(
          "more than %d relations, the last one '%s'".formatted(MOST_RELATIONS, name),
          "Name the column that holds the kind of fact, not the fact.");
    }
    FactTally made = new FactTally(most);
    relations.put(name, made);
    return made;
  }

  /** By their names. */
  public Map<String, FactTally> relations() {
    return Map.copyOf(relations);
  }

  /** Documents, or rows of tables, that were read. */
  public long documents() {
    return documents;
  }

  /** All relations together. */
  public FactCounts all() {
    Map<Long, Long> byCount = new TreeMap<>();
    long abstentions = 0;
    for (FactTally tally : relations.values()) {
      tally.counts().byCount().forEach((count, facts) -> byCount.merge(count, facts, Long::sum));
      abstentions += tally.abstentions();
    }
    return new FactCounts(byCount, abstentions);
  }
}
