package dev.loupe.instrument.influence;

import dev.loupe.model.training.SequenceGradients;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A document as the model reads it.
 *
 * @param id of the document
 * @param tokens what it reads; treat as immutable
 * @param counts whether the prediction made at each position is part of the loss
 * @param labels that the corpus gives it, its kind first
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
public record Sequence(String id, int[] tokens, boolean[] counts, List<String> labels) {
  public Sequence {
    labels = List.copyOf(labels);
  }

  /** A text of which every prediction counts. */
  public static Sequence of(String id, int... tokens) {
    return new Sequence(id, tokens, SequenceGradients.all(tokens.length), List.of());
  }

  /**
   * A prompt and its completion, of which the completion's tokens count.
   *
   * @param prompt how many tokens the prompt has, at least one
   */
  public static Sequence completion(int[] tokens, int prompt) {
    boolean[] counts = SequenceGradients.all(tokens.length);
    Arrays.fill(counts, 0, prompt - 1, false);
    return new Sequence("completion", tokens, counts, List.of());
  }

  /** How many predictions count. */
  int counted() {
    int count = 0;
    for (boolean each : counts) {
      count += each ? 1 : 0;
    }
    return count;
  }

  /**
   * The numbers of all sequences in batches of one length, short ones first, so that nothing is
   * padded.
   *
   * @param tokens of a batch, at most, unless one sequence has more
   */
  static List<int[]> batches(List<Sequence> sequences, int tokens) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, sequences.size()).boxed().toList());
    order.sort(Comparator.comparingInt(i -> sequences.get(i).tokens.length));
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < order.size(); ) {
      int length = sequences.get(order.get(from)).tokens.length;
      int most = from + Math.max(1, tokens / Math.max(1, length));
      int to = from;
      while (to < Math.min(order.size(), most)
          && sequences.get(order.get(to)).tokens.length == length) {
        to++;
      }
      batches.add(order.subList(from, to).stream().mapToInt(Integer::intValue).toArray());
      from = to;
    }
    return batches;
  }
}
