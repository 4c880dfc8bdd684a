package dev.loupe.cli.study;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.instrument.study.Criteria;
import dev.loupe.instrument.study.FeatureClass;
import dev.loupe.instrument.study.GreaterThanReport;
import dev.loupe.statistics.Estimate;
import java.util.Locale;

/** The greater-than study as lines that a person reads without a manual. */
public final class GreaterThanSummary {
  private static final int FEATURES = 12;
  private static final int COMPONENTS = 12;

  private final GreaterThanReport report;
  private final SummaryLines lines;

  GreaterThanSummary(GreaterThanReport report, SummaryLines lines) {
    this.report = report;
    this.lines = lines;
  }

  void write() {
    behaviour();
    features();
    ablations();
    components();
  }

  private void behaviour() {
    lines.wrapped(
        Style.BOLD,
        "",
        "How %s ends %s …".formatted(report.model(), SummaryLines.quoted(report.example())));
    lines.heading(
        "Behaviour",
        String.format(
            Locale.ROOT, "%,d prompts: %s; 95%% intervals", report.prompts(), report.source()));
    lines.line(
        "  probability difference  %s  years after YY minus the others"
            .formatted(interval(report.behaviour().difference())));
    lines.line(
        "  cut-off sharpness       %s  p(YY + 1) − p(YY − 1)"
            .formatted(interval(report.behaviour().sharpness())));
  }

  private void features() {
    lines.heading(
        "Features",
        String.format(
            Locale.ROOT,
            "%s at the last position; %,d of %,d active ones, by how much they carry from YY",
            report.basis(),
            report.features().size(),
            report.everActive()));
    for (FeatureClass kind : FeatureClass.values()) {
      long count = report.features().stream().filter(each -> each.kind() == kind).count();
      lines.line(String.format(Locale.ROOT, "  %4d  %s", count, kind.label()));
    }
    lines.blank();
    lines.line(
        Style.DIM, "  layer/feature  strength  for the task  corr.  most of it within YY  class");
    report.features().stream().limit(FEATURES).forEach(this::feature);
  }

  private void feature(GreaterThanReport.Feature feature) {
    Criteria criteria = feature.criteria();
    lines.line(
        Style.bySign(feature.contrast()),
        String.format(
            Locale.ROOT,
            "  %-13s  %8.3f  %+12.3f  %+.2f  %02d to %02d               %s",
            feature.unit(),
            feature.strength(),
            feature.contrast(),
            criteria.task(),
            criteria.bandFrom(),
            criteria.bandTo(),
            feature.kind().label()));
  }

  private void ablations() {
    lines.heading(
        "Ablated",
        String.format(
            Locale.ROOT,
            "activation 0 at the last position, %,d prompts; fall of the probability difference",
            report.tested()));
    lines.line(
        Style.DIM,
        "  group                          size  falls by                 random  more than random by");
    for (GreaterThanReport.Ablation each : report.ablations()) {
      lines.line(
          String.format(
              Locale.ROOT,
              "  %-29s  %4d  %s  %+.3f  %s",
              each.group(),
              each.size(),
              interval(each.fall()),
              noMinusZero(each.randomFall().value()),
              interval(each.excess())));
    }
  }

  private void components() {
    lines.heading(
        "Heads and MLPs",
        String.format(
            Locale.ROOT,
            "computed as if YY were %02d; change of the probability difference, by path",
            report.dummy()));
    lines.line(Style.DIM, "  part      all paths                by later MLPs and direct  direct");
    report.components().stream()
        .limit(COMPONENTS)
        .forEach(each ->
            lines.line(
                Style.bySign(each.all().value()),
                String.format(
                    Locale.ROOT,
                    "  %-8s  %s  %s   %s",
                    each.name(),
                    interval(each.all()),
                    interval(each.throughMlps()),
                    interval(each.direct()))));
    if (report.components().size() > COMPONENTS) {
      lines.line(
          Style.DIM,
          String.format(Locale.ROOT, "  … and %,d more", report.components().size() - COMPONENTS));
    }
  }

  /** Always 23 columns. */
  private static String interval(Estimate estimate) {
    return estimate.hasInterval()
        ? String.format(
            Locale.ROOT,
            "%+.3f [%+.3f, %+.3f]",
            noMinusZero(estimate.value()),
            noMinusZero(estimate.low()),
            noMinusZero(estimate.high()))
        : String.format(Locale.ROOT, "%+.3f%17s", noMinusZero(estimate.value()), "");
  }

  /** What three decimals would write as zero has no sign. */
  private static double noMinusZero(double value) {
    return Math.abs(value) < 0.0005 ? 0 : value;
  }
}
