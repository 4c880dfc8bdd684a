package dev.loupe.instrument.circuit;

import dev.loupe.report.Evidence;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The checks of a circuit. */
final class CircuitEvidence {
  /** Of the metric: everything kept goes through the same operations in another order. */
  private static final double SAME = 1e-3;

  private final CircuitReport report;

  CircuitEvidence(CircuitReport report) {
    this.report = report;
  }

  List<Evidence> all() {
    List<Evidence> all = new ArrayList<>();
    all.add(
        Evidence.atLeast(
            report.choices().target(),
            "On held-out pairs the circuit alone does what the model does",
            Support.INTERVENED,
            report.circuit().faithfulness(),
            String.format(
                Locale.ROOT,
                "%,d features; %s, errors %s",
                report.circuit().size(),
                report.choices().ablation(),
                report.choices().errors())));
    double mean = report.draws().stream().mapToDouble(f -> f).average().orElse(Double.NaN);
    all.add(
        Evidence.atMost(
            Measured.RANDOM,
            "Random circuits with as many features of each layer do not",
            Support.INTERVENED,
            Estimate.exactly(
                mean, "faithfulness, mean of %d draws".formatted(report.draws().size())),
            String.format(
                Locale.ROOT,
                "p = %.3f; the most faithful reaches %.3f",
                report.p(),
                report.draws().stream().mapToDouble(f -> f).max().orElse(Double.NaN))));
    all.add(
        Evidence.noted(
            "The model without the circuit",
            Support.INTERVENED,
            report.circuit().completeness(),
            "near 0 if nothing else does the task"));
    report
        .rivals()
        .forEach(rival ->
            all.add(
                Evidence.noted(
                    "As many features by another choice: " + rival.name(),
                    Support.INTERVENED,
                    rival.faithfulness(),
                    rival.size() + " features")));
    if (report.neurons().asked()) {
      all.add(
          Evidence.noted(
              report.neurons().size().isPresent()
                  ? String.format(
                      Locale.ROOT,
                      "It takes %,d neurons to be as faithful, by the ranking alone",
                      report.neurons().size().getAsInt())
                  : "No number of neurons is as faithful on the pairs that choose them",
              Support.INTERVENED,
              report.neurons().faithfulness(),
              report.circuit().byScore().isPresent()
                  ? "features by the ranking alone: " + report.circuit().byScore().getAsInt()
                  : ""));
    }
    report
        .heads()
        .ifPresent(heads ->
            all.add(
                Evidence.noted(
                    "%d of %d heads and MLPs do it with the twin's values in all others"
                        .formatted(heads.nodes().size(), heads.components()),
                    Support.INTERVENED,
                    heads.faithfulness(),
                    String.format(
                        Locale.ROOT,
                        "as many drawn at random reach %.3f in the mean, p = %.3f",
                        heads.random(),
                        heads.p()))));
    all.add(
        Evidence.atMost(
            SAME,
            "With everything kept the metric is the model's own",
            Support.INTERVENED,
            Estimate.exactly(report.scores().largestGap(), "largest difference over the pairs"),
            ""));
    return all;
  }
}
