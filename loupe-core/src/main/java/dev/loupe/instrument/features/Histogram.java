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

  /** Where an octave is divided, as the mantissas of 2^¼, 2^½ and 2^¾. */
  private static final int[] DIVISIONS = {mantissa(0.25), mantissa(0.5), mantissa(0.75)};

  public Histogram {
    counts = List.copyOf(counts);
  }

  private static int mantissa(double power) {
    return Float.floatToRawIntBits((float) Math.pow(2, power)) & 0x7F_FFFF;
  }

  /** The bin of a value above zero, from its bits: this runs for every activation. */
  static int bin(float value) {
    int bits = Float.floatToRawIntBits(value);
    int part = 0;
    while (part < DIVISIONS.length && (bits & 0x7F_FFFF) >= DIVISIONS[part]) {
      part++;
    }
    int octave = (bits >>> 23) - Float.MAX_EXPONENT - LOWEST_OCTAVE;
    return Math.clamp((long) octave * PER_OCTAVE + part, 0, BINS - 1);
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
