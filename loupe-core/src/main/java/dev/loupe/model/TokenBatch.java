package dev.loupe.model;

import dev.loupe.tokenizer.EmbeddingRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Sequences of token ids in one batch, padded to one length. Immutable. */
public final class TokenBatch {
  private final long[][] ids;
  private final boolean[][] live;

  private TokenBatch(long[][] ids, boolean[][] live) {
    if (ids.length == 0 || ids[0].length == 0) {
      throw new IllegalArgumentException("a batch needs at least one token");
    }
    this.ids = ids;
    this.live = live;
  }

  /** One sequence, or several of one length. */
  public static TokenBatch of(int[]... sequences) {
    return padded(Arrays.asList(sequences), 0, false);
  }

  /** Sequences of any lengths, padded on the right or on the left. */
  public static TokenBatch padded(List<int[]> sequences, int padding, boolean onTheLeft) {
    int length = sequences.stream().mapToInt(s -> s.length).max().orElse(0);
    long[][] ids = new long[sequences.size()][length];
    boolean[][] live = new boolean[sequences.size()][length];
    for (int b = 0; b < ids.length; b++) {
      int[] sequence = sequences.get(b);
      int start = onTheLeft ? length - sequence.length : 0;
      Arrays.fill(ids[b], padding);
      for (int t = 0; t < sequence.length; t++) {
        ids[b][start + t] = sequence[t];
        live[b][start + t] = true;
      }
    }
    return new TokenBatch(ids, live);
  }

  /**
   * Sequences in groups of one length, which go through the model side by side without padding.
   *
   * @param most tokens of a group, which bounds memory; a single sequence may have more
   */
  public static List<List<int[]>> sameLength(List<int[]> sequences, int most) {
    Map<Integer, List<int[]>> byLength = new TreeMap<>();
    sequences.forEach(
        each -> byLength.computeIfAbsent(each.length, _ -> new ArrayList<>()).add(each));
    List<List<int[]>> groups = new ArrayList<>();
    byLength.forEach((length, all) -> {
      int atOnce = Math.max(1, most / Math.max(1, length));
      for (int from = 0; from < all.size(); from += atOnce) {
        groups.add(List.copyOf(all.subList(from, Math.min(all.size(), from + atOnce))));
      }
    });
    return groups;
  }

  /** How many sequences. */
  public int size() {
    return ids.length;
  }

  /** Positions of each row, padding included. */
  public int length() {
    return ids[0].length;
  }

  /**
   * Fails unless every id is one of a vocabulary.
   *
   * @throws dev.loupe.fault.LoupeException naming the first that is not
   */
  void requireWithin(int vocabulary) {
    EmbeddingRows rows = new EmbeddingRows("the model", vocabulary);
    for (long[] row : ids) {
      rows.require(Arrays.stream(row).mapToInt(Math::toIntExact).toArray(), _ -> "");
    }
  }

  /** The ids row after row, {@code [batch · pos]}. */
  long[] flatIds() {
    return Arrays.stream(ids).flatMapToLong(Arrays::stream).toArray();
  }

  /** The places {@code [from, to)} of every row. */
  TokenBatch slice(int from, int to) {
    return new TokenBatch(
        Arrays.stream(ids).map(row -> Arrays.copyOfRange(row, from, to)).toArray(long[][]::new),
        Arrays.stream(live)
            .map(row -> Arrays.copyOfRange(row, from, to))
            .toArray(boolean[][]::new));
  }

  /** Whether the place holds a token rather than padding. */
  boolean isLive(int sequence, int position) {
    return live[sequence][position];
  }

  /** Whether any position is padding. */
  boolean hasPadding() {
    return Arrays.stream(live)
        .anyMatch(row -> IntStream.range(0, row.length).anyMatch(t -> !row[t]));
  }

  /**
   * The position of each token in its own sequence, counted from {@code first}; padding gets {@code
   * first}.
   */
  long[] positions(int first) {
    long[] positions = new long[size() * length()];
    for (int b = 0; b < size(); b++) {
      long next = first;
      for (int t = 0; t < length(); t++) {
        positions[b * length() + t] = live[b][t] ? next++ : first;
      }
    }
    return positions;
  }
}
