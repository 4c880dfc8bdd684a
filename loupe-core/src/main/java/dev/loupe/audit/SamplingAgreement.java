package dev.loupe.audit;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/**
 * How far several sampled answers to one question agree, by clusters of the same meaning. Entropies
 * are in nats and no probabilities: calibration needs a fitted map first.
 *
 * @param byCluster samples of each cluster
 */
public record SamplingAgreement(Map<Integer, Long> byCluster) {
  /** A sum of probabilities may exceed 1 by rounding. */
  private static final double ROUNDING = 1e-12;

  public SamplingAgreement {
    byCluster = Map.copyOf(byCluster);
    if (byCluster.isEmpty() || byCluster.values().stream().anyMatch(each -> each < 1)) {
      throw new IllegalArgumentException("clusters of samples: " + byCluster);
    }
  }

  /** From each sample's cluster. */
  public static SamplingAgreement of(List<Integer> clusters) {
    Map<Integer, Long> byCluster = new TreeMap<>();
    clusters.forEach(each -> byCluster.merge(each, 1L, Long::sum));
    return new SamplingAgreement(byCluster);
  }

  /** How many samples, M. */
  public long samples() {
    return byCluster.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Discrete semantic entropy (Farquhar et al. 2024): −Σ p ln p of the clusters' shares. */
  public double entropy() {
    double all = samples();
    return 0.0 - byCluster.values().stream().mapToDouble(n -> n / all * Math.log(n / all)).sum();
  }

  /** Over ln M, its greatest value; NaN for one sample. */
  public double normalisedEntropy() {
    return samples() == 1 ? Double.NaN : entropy() / Math.log((double) samples());
  }

  /** With Miller and Madow's correction, (K − 1)/(2M). */
  public double correctedEntropy() {
    return entropy() + (byCluster.size() - 1) / (2.0 * samples());
  }

  /** The most frequent clusters, one or several. */
  public Set<Integer> modes() {
    long most = mostFrequent();
    Set<Integer> modes = new HashSet<>();
    byCluster.forEach((cluster, count) -> {
      if (count == most) {
        modes.add(cluster);
      }
    });
    return modes;
  }

  /** Samples of the most frequent cluster. */
  public long mostFrequent() {
    return byCluster.values().stream().mapToLong(Long::longValue).max().orElseThrow();
  }

  /** The probability that two of the samples agree; NaN for one sample. */
  public double pairAgreement() {
    double all = samples();
    return all == 1
        ? Double.NaN
        : byCluster.values().stream().mapToDouble(n -> n * (n - 1.0)).sum() / (all * (all - 1));
  }

  /**
   * One sample with its text's probability.
   *
   * @param logProbability of the whole text, in nats
   */
  public record Sample(int cluster, String text, double logProbability) {}

  /**
   * Entropies weighted by the samples' probabilities.
   *
   * @param logMass logarithm of each cluster's summed probability
   * @param farquhar of the masses normalised to 1 (Farquhar et al. 2024)
   * @param kuhn mean of −log mass over clusters (Kuhn et al. 2023)
   * @param monteCarlo mean of −log mass over samples
   */
  public record Weighted(
      Map<Integer, Double> logMass, double farquhar, double kuhn, double monteCarlo) {
    public Weighted {
      logMass = Map.copyOf(logMass);
    }

    /** Whether a cluster has a probability above 1: repeated texts were counted repeatedly. */
    public boolean exceedsOne() {
      return logMass.values().stream().anyMatch(each -> each > ROUNDING);
    }
  }

  /**
   * Measures the weighted entropies.
   *
   * @param unique whether a text that was sampled repeatedly counts once; it should
   */
  public static Weighted weighted(List<Sample> samples, boolean unique) {
    Set<String> seen = new HashSet<>();
    Map<Integer, Double> mass = new TreeMap<>();
    for (Sample sample : samples) {
      if (seen.add(sample.text()) || !unique) {
        mass.merge(sample.cluster(), sample.logProbability(), SamplingAgreement::logOfSum);
      }
    }
    double all = sum(mass.values()).orElseThrow();
    return new Weighted(
        mass,
        0.0 - mass.values().stream().mapToDouble(each -> Math.exp(each - all) * (each - all)).sum(),
        0.0 - mass.values().stream().mapToDouble(each -> each).average().orElseThrow(),
        0.0
            - samples.stream()
                .mapToDouble(each -> mass.getOrDefault(each.cluster(), 0.0))
                .average()
                .orElseThrow());
  }

  private static OptionalDouble sum(Collection<Double> logs) {
    return logs.stream().mapToDouble(each -> each).reduce(SamplingAgreement::logOfSum);
  }

  private static double logOfSum(double a, double b) {
    double greater = Math.max(a, b);
    return greater + Math.log(Math.exp(a - greater) + Math.exp(b - greater));
  }
}
