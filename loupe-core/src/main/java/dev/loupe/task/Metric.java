package dev.loupe.task;

import dev.loupe.model.Logits;
import java.util.Arrays;

/**
 * How well the logits after a prompt do its task. A larger value is better in every metric, so that
 * a positive score always means that a part of the model helps.
 */
public enum Metric {
  /** Mean logit of the answers minus mean logit of the foils. */
  LOGIT_DIFFERENCE("logit difference", true),
  /** Probability of the answers together. */
  PROBABILITY("probability of the answer", false),
  /** Probability of the answers minus that of the foils (Hanna et al. 2023, greater-than). */
  PROBABILITY_DIFFERENCE("probability difference", true),
  /** Log-probability of the answers together, in nats: the loss with its sign changed. */
  LOSS("log-probability of the answer (minus the loss)", false),
  /**
   * Minus the Kullback–Leibler divergence of the logits from the model's own, in nats, summed over
   * the vocabulary: 0 for the model itself.
   */
  KL("minus the divergence from the model's own distribution", false);

  private final String label;
  private final boolean needsFoils;

  Metric(String label, boolean needsFoils) {
    this.label = label;
    this.needsFoils = needsFoils;
  }

  /** In words. */
  public String label() {
    return label;
  }

  /** Whether a pair must name foils. */
  public boolean needsFoils() {
    return needsFoils;
  }

  /**
   * The metric's value.
   *
   * @param logits after the prompt, {@code [d_vocab]}
   * @param own the model's own logits there, {@code [d_vocab]}
   */
  public double value(double[] logits, TokenPair pair, double[] own) {
    return switch (this) {
      case LOGIT_DIFFERENCE -> mean(logits, pair.answers()) - mean(logits, pair.foils());
      case PROBABILITY -> probability(logits, pair.answers());
      case PROBABILITY_DIFFERENCE ->
          probability(logits, pair.answers()) - probability(logits, pair.foils());
      case LOSS -> Math.log(probability(logits, pair.answers()));
      case KL -> -divergence(own, logits);
    };
  }

  /** The metric's gradient by the logits, {@code [d_vocab]}; arguments as {@link #value}. */
  public double[] slope(double[] logits, TokenPair pair, double[] own) {
    double[] slope = new double[logits.length];
    switch (this) {
      case LOGIT_DIFFERENCE -> {
        add(slope, pair.answers(), 1.0 / pair.answers().length);
        add(slope, pair.foils(), -1.0 / pair.foils().length);
      }
      case PROBABILITY -> probabilitySlope(slope, logits, pair.answers(), 1);
      case PROBABILITY_DIFFERENCE -> {
        probabilitySlope(slope, logits, pair.answers(), 1);
        probabilitySlope(slope, logits, pair.foils(), -1);
      }
      case LOSS ->
          probabilitySlope(slope, logits, pair.answers(), 1 / probability(logits, pair.answers()));
      case KL -> {
        double sum = Logits.logSum(logits);
        double ownSum = Logits.logSum(own);
        Arrays.setAll(slope, i -> Math.exp(own[i] - ownSum) - Math.exp(logits[i] - sum));
      }
    }
    return slope;
  }

  private static double mean(double[] logits, int[] tokens) {
    return Arrays.stream(tokens).mapToDouble(token -> logits[token]).average().orElseThrow();
  }

  private static double probability(double[] logits, int[] tokens) {
    double sum = Logits.logSum(logits);
    return Arrays.stream(tokens).mapToDouble(token -> Math.exp(logits[token] - sum)).sum();
  }

  /** KL(p ‖ q) of two distributions given as logits, in nats, summed over the vocabulary. */
  public static double divergence(double[] p, double[] q) {
    double sumP = Logits.logSum(p);
    double sumQ = Logits.logSum(q);
    double divergence = 0;
    for (int i = 0; i < p.length; i++) {
      double logP = p[i] - sumP;
      divergence += Math.exp(logP) * (logP - (q[i] - sumQ));
    }
    return divergence;
  }

  private static void add(double[] slope, int[] tokens, double amount) {
    for (int token : tokens) {
      slope[token] += amount;
    }
  }

  /** d Σ_A p / dℓ_i = p_i (1[i ∈ A] − Σ_A p). */
  private static void probabilitySlope(
      double[] slope, double[] logits, int[] tokens, double factor) {
    double sum = Logits.logSum(logits);
    double all = probability(logits, tokens);
    for (int i = 0; i < slope.length; i++) {
      slope[i] -= factor * all * Math.exp(logits[i] - sum);
    }
    for (int token : tokens) {
      slope[token] += factor * Math.exp(logits[token] - sum);
    }
  }
}
