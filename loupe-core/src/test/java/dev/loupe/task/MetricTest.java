package dev.loupe.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Metrics against hand-computed values, their slopes against central differences. */
class MetricTest {
  private static final TokenPair PAIR =
      new TokenPair(new int[] {1}, Optional.empty(), new int[] {0, 2}, new int[] {1, 3});
  private static final double[] LOGITS = {1, 0, 2, -1, 0.5};
  private static final double[] OWN = {0.3, 0.1, 1.5, -2, 0};

  @ParameterizedTest
  @EnumSource(Metric.class)
  void valueIsTheOneComputedByHand(Metric metric) {
    double sum = Math.E + 1 + Math.exp(2) + Math.exp(-1) + Math.exp(0.5);
    double answers = (Math.E + Math.exp(2)) / sum;
    double foils = (1 + Math.exp(-1)) / sum;
    double expected =
        switch (metric) {
          case LOGIT_DIFFERENCE -> 1.5 - -0.5;
          case PROBABILITY -> answers;
          case PROBABILITY_DIFFERENCE -> answers - foils;
          case LOSS -> Math.log(answers);
          case KL -> -divergence(OWN, LOGITS);
        };
    assertEquals(expected, metric.value(LOGITS, PAIR, OWN), 1e-12);
  }

  private static double divergence(double[] p, double[] q) {
    double sumP = 0;
    double sumQ = 0;
    for (int i = 0; i < p.length; i++) {
      sumP += Math.exp(p[i]);
      sumQ += Math.exp(q[i]);
    }
    double divergence = 0;
    for (int i = 0; i < p.length; i++) {
      double each = Math.exp(p[i]) / sumP;
      divergence += each * Math.log(each / (Math.exp(q[i]) / sumQ));
    }
    return divergence;
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void slopeIsThatOfTheValue(Metric metric) {
    double[] slope = metric.slope(LOGITS, PAIR, OWN);
    double step = 1e-5;
    for (int i = 0; i < LOGITS.length; i++) {
      double[] above = LOGITS.clone();
      double[] below = LOGITS.clone();
      above[i] += step;
      below[i] -= step;
      double difference =
          (metric.value(above, PAIR, OWN) - metric.value(below, PAIR, OWN)) / (2 * step);
      assertEquals(difference, slope[i], 1e-8, metric + " by logit " + i);
    }
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void aLargerLogitOfTheAnswerIsNeverWorse(Metric metric) {
    Random random = new Random(5);
    double[] more = LOGITS.clone();
    more[2] += random.nextDouble();
    if (metric != Metric.KL) {
      assertEquals(
          1,
          Math.signum(metric.value(more, PAIR, OWN) - metric.value(LOGITS, PAIR, OWN)),
          metric.label());
    }
  }
}
