package dev.loupe.audit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Confidence by how an item's sampled answers agree; they agree where they say the same. */
final class SampledConfidence {
  /** Of an answer without a text: it is no sample. */
  static final long NOTHING = 0;

  private static final long BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private SampledConfidence() {}

  /**
   * 64 bits that texts of one normalised form share (FNV-1a): two of a million different ones share
   * them with a probability of some 3e-8.
   */
  static long said(String text) {
    long hash = BASIS;
    for (byte each : AnswerMatch.normalised(text).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (each & 0xff)) * PRIME;
    }
    return hash == NOTHING ? 1 : hash;
  }

  /**
   * Sets the confidences; NaN for an item with a single sample, which agrees with nothing.
   *
   * @param items {@code [n]}, −1 for none
   * @param said {@code [n]}
   * @param confidences {@code [≥ n]}, written to
   */
  static void of(int[] items, long[] said, ConfidenceSource source, double[] confidences) {
    Arrays.fill(confidences, 0, items.length, Double.NaN);
    int[] from = new int[Arrays.stream(items).max().orElse(-1) + 2];
    for (int i = 0; i < items.length; i++) {
      if (items[i] >= 0 && said[i] != NOTHING) {
        from[items[i] + 1]++;
      }
    }
    for (int i = 1; i < from.length; i++) {
      from[i] += from[i - 1];
    }
    int[] next = from.clone();
    int[] order = new int[from[from.length - 1]];
    for (int i = 0; i < items.length; i++) {
      if (items[i] >= 0 && said[i] != NOTHING) {
        order[next[items[i]]++] = i;
      }
    }
    for (int item = 0; item + 1 < from.length; item++) {
      if (from[item + 1] - from[item] > 1) {
        ofItem(Arrays.copyOfRange(order, from[item], from[item + 1]), said, source, confidences);
      }
    }
  }

  private static void ofItem(
      int[] samples, long[] said, ConfidenceSource source, double[] confidences) {
    Map<Long, Integer> numbers = new HashMap<>();
    List<Integer> clusters = new ArrayList<>();
    for (int each : samples) {
      clusters.add(numbers.computeIfAbsent(said[each], _ -> numbers.size()));
    }
    SamplingAgreement agreement = SamplingAgreement.of(clusters);
    for (int i = 0; i < samples.length; i++) {
      confidences[samples[i]] =
          source == ConfidenceSource.AGREEMENT
              ? agreement.byCluster().getOrDefault(clusters.get(i), 0L) / (double) samples.length
              : Math.clamp(1 - agreement.normalisedEntropy(), 0.0, 1.0);
    }
  }
}
