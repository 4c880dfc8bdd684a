package dev.loupe.audit;

import dev.loupe.statistics.ClusteredShare;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.ProportionInterval;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.Predicate;

/** The answers of one system, kept in columns. */
final class SystemAnswers {
  private static final int FIRST_ROOM = 64;
  private static final Grade[] GRADES = Grade.values();

  private final String name;
  private int size;
  private int[] units = new int[FIRST_ROOM];
  private byte[] grades = new byte[FIRST_ROOM];
  private double[] confidences = new double[FIRST_ROOM];

  SystemAnswers(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  int size() {
    return size;
  }

  void add(int unit, Answer answer) {
    if (size == units.length) {
      units = Arrays.copyOf(units, 2 * size);
      grades = Arrays.copyOf(grades, 2 * size);
      confidences = Arrays.copyOf(confidences, 2 * size);
    }
    units[size] = unit;
    grades[size] = (byte) answer.grade().number();
    confidences[size] = answer.confidence().orElse(Double.NaN);
    size++;
  }

  int unit(int number) {
    return units[number];
  }

  Grade grade(int number) {
    return GRADES[grades[number]];
  }

  GradeCounts counts() {
    long[] counts = new long[GRADES.length];
    for (int i = 0; i < size; i++) {
      counts[grades[i]]++;
    }
    return AnswerTally.count(counts);
  }

  /** Whether several answers may depend on each other. */
  boolean isClustered() {
    BitSet seen = new BitSet();
    for (int i = 0; i < size; i++) {
      if (seen.get(units[i])) {
        return true;
      }
      seen.set(units[i]);
    }
    return false;
  }

  /** Distinct units. */
  int unitsUsed() {
    BitSet seen = new BitSet();
    for (int i = 0; i < size; i++) {
      seen.set(units[i]);
    }
    return seen.cardinality();
  }

  /**
   * A share of the answers, with Wilson's interval, at the effective number of trials where units
   * have several.
   */
  Estimate share(Predicate<Grade> of, Predicate<Grade> part, int unitCount, double level) {
    long[] trials = new long[unitCount];
    long[] successes = new long[unitCount];
    long all = 0;
    long counted = 0;
    boolean repeats = false;
    for (int i = 0; i < size; i++) {
      Grade grade = grade(i);
      if (grade != Grade.UNDETERMINED && of.test(grade)) {
        repeats |= trials[units[i]]++ > 0;
        successes[units[i]] += part.test(grade) ? 1 : 0;
        counted += part.test(grade) ? 1 : 0;
        all++;
      }
    }
    if (all == 0) {
      return Estimate.exactly(Double.NaN, "of no answer");
    }
    if (!repeats) {
      return ProportionInterval.WILSON.estimate(new Counts(counted, all), level);
    }
    int used = 0;
    for (int i = 0; i < unitCount; i++) {
      if (trials[i] > 0) {
        trials[used] = trials[i];
        successes[used++] = successes[i];
      }
    }
    return ClusteredShare.of(Arrays.copyOf(successes, used), Arrays.copyOf(trials, used))
        .estimate(level);
  }

  /** Right and wrong answers that have a confidence. */
  Optional<Forecasts> forecasts() {
    double[] values = new double[size];
    boolean[] right = new boolean[size];
    int count = 0;
    for (int i = 0; i < size; i++) {
      Grade grade = grade(i);
      if ((grade == Grade.RIGHT || grade == Grade.WRONG) && !Double.isNaN(confidences[i])) {
        values[count] = confidences[i];
        right[count++] = grade == Grade.RIGHT;
      }
    }
    return count == 0
        ? Optional.empty()
        : Optional.of(new Forecasts(Arrays.copyOf(values, count), Arrays.copyOf(right, count)));
  }
}
