package dev.loupe.instrument.study;

import dev.loupe.model.generate.YearTokens;
import java.util.stream.IntStream;

/**
 * What is measured of a feature's heatmap to classify it. The mean of each row is subtracted, and
 * the variance of the map is the sum of squares that remains.
 *
 * @param task mean correlation of a row with the step "ZZ greater than YY", rows weighted by their
 *     size: 1 does the task alone, −1 the opposite
 * @param parity share of the variance that is even against odd ZZ
 * @param fives share of the variance that is multiples of five, and of ten, against the others
 * @param constant share of the variance that is the same row for every YY
 * @param rise correlation of that row with ZZ
 * @param bandFrom the first YY of the shortest range that holds {@link #BAND_ENERGY} of the
 *     variance
 * @param bandTo its last YY
 */
public record Criteria(
    double task,
    double parity,
    double fives,
    double constant,
    double rise,
    int bandFrom,
    int bandTo) {
  static final double PATTERN_AT_LEAST = 0.25;
  static final double AGAINST_AT_MOST = -0.3;
  static final double CONSTANT_AT_LEAST = 0.6;
  static final double RISE_AT_LEAST = 0.5;
  static final double BAND_ENERGY = 0.8;

  /** Half of the YY that there are. */
  static final int BAND_AT_MOST = 48;

  static final double TASK_AT_LEAST = 0.3;

  /** Measures a map; all is 0 of one that is flat. */
  static Criteria of(Heatmap map) {
    int[] columns = map.columns();
    double[] parity = centred(columns, end -> end % 2 == 0 ? 1 : -1);
    double[] fives = centred(columns, end -> end % 5 == 0 ? 1 : 0);
    double[] tens = less(centred(columns, end -> end % 10 == 0 ? 1 : 0), fives);
    double[] rising = centred(columns, end -> end);
    double[] mean = new double[columns.length];
    double[] energies = new double[YearTokens.YEARS];
    double[] shares = new double[2];
    double task = 0;
    double size = 0;
    int rows = 0;
    for (int year = 0; year < YearTokens.YEARS; year++) {
      if (!map.hasRow(year)) {
        continue;
      }
      rows++;
      int begin = year;
      double[] row = map.centred(year);
      double[] step = centred(columns, end -> end > begin ? 1 : 0);
      energies[year] = product(row, row);
      task += product(row, step) / Math.max(length(step), Double.MIN_NORMAL);
      size += length(row);
      shares[0] += along(row, parity);
      shares[1] += along(row, fives) + along(row, tens);
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i];
      }
    }
    double energy = IntStream.range(0, energies.length).mapToDouble(i -> energies[i]).sum();
    int[] band = band(energies, BAND_ENERGY * energy);
    if (energy == 0) {
      return new Criteria(0, 0, 0, 0, 0, band[0], band[1]);
    }
    double meanLength = length(mean) * length(rising);
    return new Criteria(
        task / size,
        shares[0] / energy,
        shares[1] / energy,
        product(mean, mean) / rows / energy,
        meanLength == 0 ? 0 : product(mean, rising) / meanLength,
        band[0],
        band[1]);
  }

  /** The shortest range of years whose energies sum to that much; the earliest of equal ones. */
  private static int[] band(double[] energies, double wanted) {
    int[] best = {0, energies.length - 1};
    double sum = 0;
    int from = 0;
    for (int to = 0; to < energies.length; to++) {
      sum += energies[to];
      while (from < to && sum - energies[from] >= wanted) {
        sum -= energies[from++];
      }
      if (sum >= wanted && to - from < best[1] - best[0]) {
        best = new int[] {from, to};
      }
    }
    return best;
  }

  private interface Pattern {
    double at(int end);
  }

  private static double[] centred(int[] columns, Pattern pattern) {
    double[] values = IntStream.of(columns).mapToDouble(pattern::at).toArray();
    double mean =
        IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum() / values.length;
    return IntStream.range(0, values.length).mapToDouble(i -> values[i] - mean).toArray();
  }

  /** What of a vector is at right angles to another. */
  private static double[] less(double[] vector, double[] other) {
    double factor = product(vector, other) / Math.max(product(other, other), Double.MIN_NORMAL);
    return IntStream.range(0, vector.length)
        .mapToDouble(i -> vector[i] - factor * other[i])
        .toArray();
  }

  /** The squared length of a vector's part along a direction. */
  private static double along(double[] vector, double[] direction) {
    double product = product(vector, direction);
    return product * product / Math.max(product(direction, direction), Double.MIN_NORMAL);
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double length(double[] vector) {
    return Math.sqrt(product(vector, vector));
  }
}
