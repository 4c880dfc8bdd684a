package dev.loupe.instrument.trace;

import java.util.List;

/**
 * Why a head attends from one position to another: its score is a sum over pairs of what made its
 * query and what made its key, each linear with norm denominators held.
 *
 * @param query position
 * @param key position
 * @param probability the attention probability
 * @param score query · key · scale, before any cap and ALiBi
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
    List<Pair> pairs,
    double rest,
    long pairCount,
    double gap) {
  public AttentionReason {
    pairs = List.copyOf(pairs);
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
