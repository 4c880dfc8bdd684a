package dev.loupe.audit;

import dev.loupe.statistics.ClusteredShare;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Forecasts;
import dev.loupe.statistics.ProportionInterval;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The answers of one system, kept in columns. */
final class SystemAnswers {
  private static final int FIRST_ROOM = 64;
  private static final Grade[] GRADES = Grade.values();

  private static final byte NO_LABEL = -1;

  private final String name;
  private int size;
  private int[] units = new int[FIRST_ROOM];
  private int[] items = new int[FIRST_ROOM];
  private short[] categories = new short[FIRST_ROOM];
  private byte[] grades = new byte[FIRST_ROOM];
  private byte[] labels = new byte[FIRST_ROOM];
  private double[] confidences = new double[FIRST_ROOM];

  /** What the answers say, 64 bits of each; empty where it does not matter. */
  private long[] said;

  /**
   * Of one system.
   *
   * @param keepsWhatIsSaid whether samples of an item are to be compared
   */
  SystemAnswers(String name, boolean keepsWhatIsSaid) {
    this.name = name;
    this.said = new long[keepsWhatIsSaid ? FIRST_ROOM : 0];
  }

  String name() {
    return name;
  }

  int size() {
    return size;
  }

  /**
   * One more.
   *
   * @param item its number, −1 for none
   * @param category its number, −1 for none
   */
  void add(int unit, int item, int category, Answer answer) {
    reserve();
    units[size] = unit;
    items[size] = item;
    categories[size] = (short) category;
    grades[size] = (byte) answer.grade().number();
    labels[size] = answer.label().map(each -> (byte) each.number()).orElse(NO_LABEL);
    confidences[size] = answer.confidence().orElse(Double.NaN);
    if (said.length > 0) {
      said[size] = answer.text().map(SampledConfidence::said).orElse(SampledConfidence.NOTHING);
    }
    size++;
  }

  private void reserve() {
    if (size == units.length) {
      units = Arrays.copyOf(units, 2 * size);
      items = Arrays.copyOf(items, 2 * size);
      categories = Arrays.copyOf(categories, 2 * size);
      grades = Arrays.copyOf(grades, 2 * size);
      labels = Arrays.copyOf(labels, 2 * size);
      confidences = Arrays.copyOf(confidences, 2 * size);
      said = said.length == 0 ? said : Arrays.copyOf(said, 2 * size);
    }
  }

  /** Sets each answer's confidence by how the samples of its item agree. */
  void confidenceOfSamples(ConfidenceSource source) {
    SampledConfidence.of(
        Arrays.copyOf(items, size), Arrays.copyOf(said, size), source, confidences);
  }

  /** Adds the answers with a label, by label and grade; what is undetermined says nothing. */
  void addConfusion(long[][] confusion) {
    int undetermined = Grade.UNDETERMINED.number();
    for (int i = 0; i < size; i++) {
      if (labels[i] != NO_LABEL && labels[i] != undetermined && grades[i] != undetermined) {
        confusion[labels[i]][grades[i]]++;
      }
    }
  }

  /** The answers of each category with units numbered anew, by the categories' numbers. */
  Map<Integer, SystemAnswers> byCategory() {
    Map<Integer, SystemAnswers> parts = new TreeMap<>();
    Map<Integer, Map<Integer, Integer>> numbers = new HashMap<>();
    for (int i = 0; i < size; i++) {
      if (categories[i] >= 0) {
        SystemAnswers part =
            parts.computeIfAbsent((int) categories[i], _ -> new SystemAnswers(name, false));
        Map<Integer, Integer> own =
            numbers.computeIfAbsent((int) categories[i], _ -> new HashMap<>());
        part.reserve();
        part.units[part.size] = own.computeIfAbsent(units[i], _ -> own.size());
        part.grades[part.size] = grades[i];
        part.labels[part.size] = labels[i];
        part.confidences[part.size] = confidences[i];
        part.size++;
      }
    }
    return parts;
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
