package dev.loupe.instrument.features;

import java.util.List;

/**
 * How often a feature is how strong: {@value #BINS} bins a quarter octave wide, from 2^{@value
 * #LOWEST_OCTAVE} on. What is weaker counts in the first bin, what is stronger in the last.
 *
 * @param counts {@code [BINS]} of the activations above zero
 */
public record Histogram(List<Long> counts) {
  static final int PER_OCTAVE = 4;
  static final int LOWEST_OCTAVE = -12;
  static final int BINS = 96;

  /** Where the mantissas of an octave are divided. */
  private static final float[] DIVISIONS = {
    (float) Math.pow(2, 0.25), (float) Math.pow(2, 0.5), (float) Math.pow(2, 0.75)
  };

  public Histogram {
    counts = List.copyOf(counts);
  }

  /** The bin of a value above zero. */
  static int bin(float value) {
    int exponent = Math.getExponent(value);
    float mantissa = Math.scalb(value, -exponent);
    int part = 0;
    while (part < DIVISIONS.length && mantissa >= DIVISIONS[part]) {
      part++;
    }
    return Math.clamp((long) (exponent - LOWEST_OCTAVE) * PER_OCTAVE + part, 0, BINS - 1);
  }

  /** Where a bin begins. */
  public static double lowerEdge(int bin) {
    return Math.pow(2, LOWEST_OCTAVE + (double) bin / PER_OCTAVE);
  }

  /** The first bin that is not empty; {@link #BINS} if all are. */
  public int first() {
    int first = 0;
    while (first < counts.size() && counts.get(first) == 0) {
      first++;
    }
    return first;
  }

  /** The bin behind the last that is not empty; 0 if all are. */
  public int end() {
    int end = counts.size();
    while (end > 0 && counts.get(end - 1) == 0) {
      end--;
    }
    return end;
  }

  /**
   * The value that a share of the activations above zero stays below, as exactly as the bins are
   * wide; NaN if there is none.
   */
  public double quantile(double share) {
    long total = counts.stream().mapToLong(Long::longValue).sum();
    if (total == 0) {
      return Double.NaN;
    }
    double wanted = share * total;
    double below = 0;
    for (int bin = 0; bin < counts.size(); bin++) {
      if (counts.get(bin) > 0 && below + counts.get(bin) >= wanted) {
        double part = (wanted - below) / counts.get(bin);
        return lowerEdge(bin) * Math.pow(2, part / PER_OCTAVE);
      }
      below += counts.get(bin);
    }
    return lowerEdge(BINS);
  }
}
