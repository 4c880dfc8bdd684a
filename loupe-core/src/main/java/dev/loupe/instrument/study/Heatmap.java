package dev.loupe.instrument.study;

import dev.loupe.model.generate.YearTokens;
import java.util.Arrays;

/**
 * What a feature does to the logit of each year ZZ after each YY: its mean attribution over the
 * prompts. Years without a prompt, or that the vocabulary lacks, are NaN.
 */
final class Heatmap {
  private final double[][] sums = new double[YearTokens.YEARS][YearTokens.YEARS];
  private final double[] activations = new double[YearTokens.YEARS];
  private final int[] counts;
  private final int[] columns;

  /**
   * An empty map.
   *
   * @param counts prompts of each YY
   * @param columns the ZZ that the vocabulary has, rising
   */
  Heatmap(int[] counts, int[] columns) {
    this.counts = counts.clone();
    this.columns = columns.clone();
  }

  /** Adds one prompt in which the feature is active. */
  void add(int year, double activation, float[] perUnit) {
    activations[year] += activation;
    for (int i = 0; i < columns.length; i++) {
      sums[year][columns[i]] += activation * perUnit[i];
    }
  }

  /** Adds to one cell, as {@link #add} does. */
  void add(int year, int end, double attribution) {
    sums[year][end] += attribution;
  }

  /** Whether there are prompts with this YY. */
  boolean hasRow(int year) {
    return counts[year] > 0;
  }

  /** The mean activation after YY. */
  double activation(int year) {
    return activations[year] / counts[year];
  }

  /** The mean attribution of ZZ after YY; NaN where there is none. */
  double at(int year, int end) {
    boolean isColumn = Arrays.binarySearch(columns, end) >= 0;
    return isColumn ? sums[year][end] / counts[year] : Double.NaN;
  }

  /** The ZZ that there are. */
  int[] columns() {
    return columns.clone();
  }

  /** The row of YY over the columns, less its mean: what it does among the years. */
  double[] centred(int year) {
    double[] row = new double[columns.length];
    double mean = 0;
    for (int i = 0; i < row.length; i++) {
      row[i] = counts[year] == 0 ? 0 : sums[year][columns[i]] / counts[year];
      mean += row[i] / row.length;
    }
    for (int i = 0; i < row.length; i++) {
      row[i] -= mean;
    }
    return row;
  }
}
