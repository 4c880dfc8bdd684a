package dev.loupe.instrument.trace;

import java.util.List;
import java.util.Optional;

/**
 * Why a head attends from one position to another: its score is a sum over pairs of what made its
 * query and what made its key, each linear with norm denominators held.
 *
 * @param query position
 * @param key position
 * @param probability the attention probability
 * @param score query · key · scale, before any cap and ALiBi
 * @param pattern the probability of every position up to the query
 * @param querySources what each source of the query adds to the score, over all of the key's;
 *     largest first
 * @param keySources what each source of the key adds, over all of the query's
 * @param against the most attended of the other positions; empty if there is none
 * @param pairs the largest in size
 * @param rest the sum of all other pairs
 * @param pairCount how many pairs contribute to the score
 * @param gap of the sum of all pairs from the score, relative to the sum of their sizes
 */
public record AttentionReason(
    int layer,
    int head,
    int query,
    int key,
    double probability,
    double score,
    List<Double> pattern,
    List<Part> querySources,
    List<Part> keySources,
    Optional<Against> against,
    List<Pair> pairs,
    double rest,
    long pairCount,
    double gap) {
  public AttentionReason {
    pattern = List.copyOf(pattern);
    querySources = List.copyOf(querySources);
    keySources = List.copyOf(keySources);
    pairs = List.copyOf(pairs);
  }

  /**
   * What a node adds to a score, or to the difference of two.
   *
   * @param node of the graph
   */
  public record Part(int node, double score) {}

  /**
   * Another key, and what made the head prefer the explained one: the difference of the two scores,
   * the same query, as a sum over sources.
   *
   * @param querySources what each source of the query adds to the difference
   * @param keySources what each source of the two keys adds to it, those of this key negated
   */
  public record Against(
      int key, double probability, double score, List<Part> querySources, List<Part> keySources) {
    public Against {
      querySources = List.copyOf(querySources);
      keySources = List.copyOf(keySources);
    }
  }

  /**
   * One pair.
   *
   * @param query node of the graph, a source of the query
   * @param key node of the graph, a source of the key
   * @param score what the two add to the score
   */
  public record Pair(int query, int key, double score) {}
}
