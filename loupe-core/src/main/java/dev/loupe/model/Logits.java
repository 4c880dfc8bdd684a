package dev.loupe.model;

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

  /** The probability of a token. */
  public static double probability(double[] logits, int token) {
    double largest = logits[top(logits)];
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return Math.exp(logits[token] - largest) / sum;
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
