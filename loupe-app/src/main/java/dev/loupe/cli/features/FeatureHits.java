package dev.loupe.cli.features;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.features.SearchReport.Fired;
import dev.loupe.instrument.features.SearchReport.OfToken;
import dev.loupe.instrument.features.SearchReport.OnText;
import dev.loupe.instrument.features.SearchReport.OnToken;
import java.util.Locale;

/** What a search for features found, as lines that a person reads. */
final class FeatureHits {
  private final SummaryLines lines;

  FeatureHits(SummaryLines lines) {
    this.lines = lines;
  }

  void show(OnText found) {
    lines.line(
        Style.DIM,
        "%-9s %-16s %11s %8s %9s  %s"
            .formatted("FEATURE", "PEAK ON", "ACTIVATION", "OF MAX", "TOKENS", "MEANS"));
    for (Fired each : found.features()) {
      String peak = SummaryLines.quoted(found.tokens().get(each.position()));
      row(
          each.id(),
          each.label(),
          String.format(
              Locale.ROOT,
              "%-16s %11.3f %7.0f%% %8.3f%%",
              Terminal.cut(peak, 16),
              each.activation(),
              100 * each.share(),
              100 * each.frequency()));
    }
    if (found.features().isEmpty()) {
      lines.line("No feature is above zero on this text.");
    }
  }

  void show(OnToken found) {
    String token = SummaryLines.quoted(found.token());
    lines.heading("Strongest examples peak on " + token, "share of them");
    for (OfToken each : found.firing()) {
      row(each.id(), each.label(), String.format(Locale.ROOT, "%8.0f%%", 100 * each.peaks()));
    }
    lines.heading(
        "Raise the logit of " + token,
        "by this much at the largest activation, relative to the mean logit");
    for (OfToken each : found.promoting()) {
      row(each.id(), each.label(), String.format(Locale.ROOT, "%+8.2f", each.effect()));
    }
  }

  private void row(FeatureId id, String label, String figures) {
    lines.lineWithNote(
        Style.BOLD, String.format("%-9s ", id) + figures, "  " + SummaryLines.printable(label));
  }
}
