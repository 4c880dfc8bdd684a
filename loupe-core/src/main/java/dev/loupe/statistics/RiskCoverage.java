package dev.loupe.statistics;

import java.util.ArrayList;
import java.util.List;

/**
 * How many errors are left when only the most confident answers are given. Errors within a group of
 * equal confidence are spread evenly, the mean over all orders.
 *
 * @param points one for each distinct confidence, highest first
 * @param area AURC: mean over k of the share of errors among the k most confident
 * @param optimalArea of the best possible order
 * @param randomArea the share of errors
 */
public record RiskCoverage(List<Point> points, double area, double optimalArea, double randomArea) {
  /** Shares that differ by rounding alone are equal. */
  private static final double ROUNDING = 1e-15;

  /** All answers with at least this confidence. */
  public record Point(double threshold, long covered, double coverage, long errors, double risk) {}

  public RiskCoverage {
    points = List.copyOf(points);
  }

  /** Measures it. */
  public static RiskCoverage of(Forecasts forecasts) {
    int n = forecasts.size();
    int[] order = forecasts.order();
    for (int i = 0; i < n / 2; i++) {
      int kept = order[i];
      order[i] = order[n - 1 - i];
      order[n - 1 - i] = kept;
    }
    List<Point> points = new ArrayList<>();
    double area = 0;
    long errors = 0;
    for (int from = 0; from < n; ) {
      int to = forecasts.tieEnd(order, from);
      double here = to - from - forecasts.rightBetween(order, from, to);
      for (int i = from; i < to; i++) {
        area += (errors + here * (i - from + 1) / (to - from)) / (i + 1) / n;
      }
      errors += (long) here;
      points.add(
          new Point(
              forecasts.confidence(order[from]),
              to,
              (double) to / n,
              errors,
              (double) errors / to));
      from = to;
    }
    double best = 0;
    long right = n - errors;
    for (int i = 0; i < n; i++) {
      best += Math.max(0, i + 1 - right) / (i + 1.0) / n;
    }
    return new RiskCoverage(points, area, best, (double) errors / n);
  }

  /** What the order costs beyond the best possible one: E-AURC. */
  public double excessArea() {
    return area - optimalArea;
  }

  /** The share right among the ⌈coverage · n⌉ most confident. */
  public double accuracyAt(double coverage) {
    long all = points.getLast().covered();
    long count = Math.max(1, (long) Math.ceil(coverage * all - 1e-12));
    long covered = 0;
    long errors = 0;
    for (Point point : points) {
      if (point.covered() >= count) {
        double share = (double) (count - covered) / (point.covered() - covered);
        return 1 - (errors + (point.errors() - errors) * share) / count;
      }
      covered = point.covered();
      errors = point.errors();
    }
    throw new IllegalArgumentException("a coverage of " + coverage);
  }

  /** The greatest coverage, in whole groups of equal confidence, whose risk is at most this. */
  public double coverageAt(double risk) {
    return points.stream()
        .filter(point -> point.risk() <= risk + ROUNDING)
        .mapToDouble(Point::coverage)
        .max()
        .orElse(0);
  }
}
