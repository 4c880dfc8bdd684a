package dev.loupe.bench;

import dev.loupe.statistics.Forecasts;
import dev.loupe.statistics.Reliability;
import dev.loupe.statistics.Reliability.Binning;
import dev.loupe.statistics.RiskCoverage;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.function.DoubleSupplier;

/**
 * Calibration metrics on one array of confidences, which it writes for {@code
 * peer/audit_metrics.py}; one JSON line a metric with its value, CPU seconds of the first call and
 * the median of all.
 */
public final class AuditMetricsSpeed {
  private static final int REPEATS = 7;
  private static final double LEVEL = 0.95;

  private AuditMetricsSpeed() {}

  /** Arguments: a file for the array, how many answers. */
  public static void main(String[] arguments) throws IOException {
    int n = Integer.parseInt(arguments[1]);
    Random random = new Random(1);
    double[] confidence = new double[n];
    boolean[] right = new boolean[n];
    for (int i = 0; i < n; i++) {
      confidence[i] = 1e-6 + (1 - 2e-6) * random.nextDouble();
      right[i] = random.nextDouble() < Math.sqrt(confidence[i]);
    }
    write(Path.of(arguments[0]), confidence, right);
    Forecasts all = new Forecasts(confidence, right);
    report("ece", () -> Reliability.of(all, Binning.EQUAL_WIDTH, 10, LEVEL).expectedError());
    report("brier", all::brier);
    report("log score", all::logScore);
    report("auroc", all::auroc);
    report("risk coverage", () -> RiskCoverage.of(all).area());
    report("prediction rejection", () -> 1 - RiskCoverage.of(all).area());
    report("evaluation", () -> evaluation(all));
  }

  /** The sum of UQLM's figures. */
  private static double evaluation(Forecasts all) {
    Reliability bins = Reliability.of(all, Binning.EQUAL_WIDTH, 10, LEVEL);
    return all.meanConfidence()
        + all.accuracy()
        + Math.abs(all.meanConfidence() - all.accuracy())
        + all.brier()
        + all.logScore()
        + bins.expectedError()
        + bins.greatestError();
  }

  private static void write(Path file, double[] confidence, boolean[] right) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      for (double each : confidence) {
        out.writeDouble(each);
      }
      for (boolean each : right) {
        out.writeDouble(each ? 1 : 0);
      }
    }
  }

  private static void report(String what, DoubleSupplier metric) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double[] seconds = new double[REPEATS];
    double value = 0;
    for (int i = 0; i < REPEATS; i++) {
      long began = threads.getCurrentThreadCpuTime();
      value = metric.getAsDouble();
      seconds[i] = (threads.getCurrentThreadCpuTime() - began) / 1e9;
    }
    double first = seconds[0];
    Arrays.sort(seconds);
    System.out.printf(
        Locale.ROOT,
        "{\"what\": \"%s\", \"value\": %.17g, \"first\": %.5f, \"median\": %.5f}%n",
        what,
        value,
        first,
        seconds[REPEATS / 2]);
  }
}
