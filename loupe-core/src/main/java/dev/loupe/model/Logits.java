package dev.loupe.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** What one reads off the logits of one position, {@code d_vocab}, on the host. */
public final class Logits {
  private Logits() {}

  /** The token of the largest logit, the first of several. */
  public static int top(double[] logits) {
    int top = 0;
    for (int token = 1; token < logits.length; token++) {
      top = logits[token] > logits[top] ? token : top;
    }
    return top;
  }

  /** The tokens of the largest logits, the largest first. */
  public static List<Integer> largest(double[] logits, int count) {
    PriorityQueue<Integer> kept =
        new PriorityQueue<>(
            Comparator.comparingDouble((Integer token) -> logits[token])
                .thenComparing(Comparator.reverseOrder()));
    for (int token = 0; token < logits.length; token++) {
      kept.add(token);
      if (kept.size() > count) {
        kept.remove();
      }
    }
    List<Integer> rising = new ArrayList<>();
    while (!kept.isEmpty()) {
      rising.add(kept.remove());
    }
    return rising.reversed();
  }

  /** The probability of a token. */
  public static double probability(double[] logits, int token) {
    double largest = logits[top(logits)];
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return Math.exp(logits[token] - largest) / sum;
  }

  /** What a logit less it is the log-probability: log Σ exp. */
  public static double logSum(double[] logits) {
    double largest = logits[top(logits)];
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return largest + Math.log(sum);
  }

  /** A token's logit minus the mean of all. */
  public static double centred(double[] logits, int token) {
    double sum = 0;
    for (double logit : logits) {
      sum += logit;
    }
    return logits[token] - sum / logits.length;
  }
}
