package dev.loupe.audit;

import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Normal;
import dev.loupe.statistics.ProportionInterval;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often facts are stated in a corpus: for each count, how many facts have it.
 *
 * @param byCount from a count of answered examples, at least 1, to how many facts have it
 * @param abstentions examples that answer with "I don't know"
 */
public record FactCounts(Map<Long, Long> byCount, long abstentions) {
  /** An estimate that exceeds the facts seen by less has no interval of its own. */
  private static final double NO_MORE = 1e-12;

  public FactCounts {
    byCount = Collections.unmodifiableMap(new TreeMap<>(byCount));
    if (abstentions < 0
        || byCount.entrySet().stream().anyMatch(each -> each.getKey() < 1 || each.getValue() < 0)) {
      throw new IllegalArgumentException("counts of facts " + byCount + ", " + abstentions);
    }
  }

  /** Of each fact's count; zeros are left out. */
  public static FactCounts of(Iterable<Long> counts, long abstentions) {
    Map<Long, Long> byCount = new TreeMap<>();
    for (long count : counts) {
      if (count > 0) {
        byCount.merge(count, 1L, Long::sum);
      }
    }
    return new FactCounts(byCount, abstentions);
  }

  /** N of the paper: all examples, repetitions and abstentions included. */
  public long examples() {
    return answered() + abstentions;
  }

  /** Examples that state a fact. */
  public long answered() {
    return byCount.entrySet().stream().mapToLong(each -> each.getKey() * each.getValue()).sum();
  }

  /** Distinct facts seen. */
  public long facts() {
    return byCount.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Facts stated exactly that often. */
  public long seen(long times) {
    return byCount.getOrDefault(times, 0L);
  }

  /**
   * The singleton rate as Kalai et al. 2025 define it (definition 2): facts stated exactly once
   * over all examples; also Good and Turing's estimate of the missing mass. NaN without examples.
   */
  public double singletonRate() {
    return (double) seen(1) / examples();
  }

  /**
   * The share of distinct facts that are stated once: another number, which the paper's prose
   * sometimes means. NaN without facts.
   */
  public double singletonShareOfFacts() {
    return (double) seen(1) / facts();
  }

  /** Wilson's, as if examples were independent: too narrow where many facts are stated twice. */
  public Interval singletonRateWilson(double level) {
    return wilson(examples(), level);
  }

  /** Wilson's. */
  public Interval singletonShareWilson(double level) {
    return wilson(facts(), level);
  }

  private Interval wilson(long of, double level) {
    return of == 0
        ? Interval.undefined()
        : ProportionInterval.WILSON.of(new Counts(seen(1), of), level);
  }

  /** The standard error of the missing mass (Esty 1983); NaN without examples. */
  public double estyError() {
    double n = examples();
    double mass = singletonRate();
    return Math.sqrt((mass * (1 - mass) + 2 * seen(2) / n) / n);
  }

  /**
   * Esty's interval of the missing mass, within 0 and 1. It has no width where no fact is stated
   * once or twice, or all are stated once; see {@link #massInterval}.
   */
  public Interval estyInterval(double level) {
    if (examples() == 0) {
      return Interval.undefined();
    }
    double half = Normal.twoSided(level) * estyError();
    return new Interval(singletonRate() - half, singletonRate() + half).within(0, 1);
  }

  /**
   * Whether Esty's error is 0: no fact is stated once or twice, or all are stated once. That would
   * claim certainty, of one example too.
   */
  public boolean lacksEsty() {
    return estyError() == 0;
  }

  /**
   * The error of the missing mass: Esty's, or where that is 0 what {@link
   * HallucinationBound#goodTuringDeviation} says of any distribution, as an error of this level.
   */
  public double massError(double level) {
    return lacksEsty()
        ? HallucinationBound.goodTuringDeviation(examples(), 1 - level) / Normal.twoSided(level)
        : estyError();
  }

  /** The interval of that error, within 0 and 1. */
  public Interval massInterval(double level) {
    return examples() == 0
        ? Interval.undefined()
        : Interval.around(singletonRate(), Normal.twoSided(level) * massError(level)).within(0, 1);
  }

  /** A lower bound on the number of facts, unseen ones included (Chao 1984, with (n − 1)/n). */
  public double chao1() {
    if (answered() == 0) {
      return Double.NaN;
    }
    double ones = seen(1);
    double twos = seen(2);
    return facts() + factor() * (twos > 0 ? ones * ones / (2 * twos) : ones * (ones - 1) / 2);
  }

  /** The same, corrected for bias; NaN without facts. */
  public double chao1BiasCorrected() {
    double ones = seen(1);
    return answered() == 0
        ? Double.NaN
        : facts() + factor() * ones * (ones - 1) / (2 * (seen(2) + 1.0));
  }

  /** Of {@link #chao1}; NaN without facts. */
  public double chao1Error() {
    double k = factor();
    double ones = seen(1);
    double twos = seen(2);
    if (answered() == 0) {
      return Double.NaN;
    }
    if (twos > 0) {
      double q = ones / twos;
      return Math.sqrt(twos * (k * q * q / 2 + k * k * q * q * q + k * k * Math.pow(q, 4) / 4));
    }
    double twice = 2 * ones - 1;
    double variance =
        ones == 0
            ? 0
            : k * ones * (ones - 1) / 2
                + k * k * ones * twice * twice / 4
                - k * k * Math.pow(ones, 4) / (4 * chao1());
    return Math.sqrt(Math.max(0, variance));
  }

  /** The log-normal interval of {@link #chao1} (Chao 1987): never below the facts seen. */
  public Interval chao1Interval(double level) {
    if (answered() == 0) {
      return Interval.undefined();
    }
    double unseen = chao1() - facts();
    if (unseen <= NO_MORE) {
      return new Interval(facts(), facts());
    }
    double error = chao1Error();
    double spread =
        Math.exp(Normal.twoSided(level) * Math.sqrt(Math.log1p(error * error / (unseen * unseen))));
    return new Interval(facts() + unseen / spread, facts() + unseen * spread);
  }

  /** The share of examples' probability that the facts seen cover (Chao and Jost 2012). */
  public double chaoJostCoverage() {
    double n = answered();
    double ones = seen(1);
    double twos = seen(2);
    if (n == 0) {
      return Double.NaN;
    }
    if (ones == 0) {
      return 1;
    }
    if (twos > 0) {
      return 1 - ones / n * ((n - 1) * ones / ((n - 1) * ones + 2 * twos));
    }
    double other = (n - 1) * (ones - 1);
    return 1 - ones / n * (other / (other + 2));
  }

  private double factor() {
    return (answered() - 1.0) / answered();
  }
}
