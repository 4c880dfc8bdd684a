package dev.loupe.cli.features;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.features.FeatureId;
import dev.loupe.instrument.features.FeatureReader;
import dev.loupe.instrument.features.FeatureSearch;
import java.util.List;
import java.util.Locale;

/** What a search for features found, as lines that a person reads. */
public final class FeatureHits {
  private final FeatureReader reader;
  private final SummaryLines lines;

  FeatureHits(FeatureReader reader, Terminal terminal) {
    this.reader = reader;
    this.lines = new SummaryLines(terminal);
  }

  List<String> of(FeatureSearch.OnText found) {
    lines.line(
        Style.DIM,
        "%-9s %-16s %11s %8s %9s  %s"
            .formatted("FEATURE", "PEAK ON", "ACTIVATION", "OF MAX", "TOKENS", "MEANS"));
    for (FeatureSearch.Fired each : found.features()) {
      String peak = SummaryLines.quoted(found.tokens().get(each.position()));
      row(
          each.id(),
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
    return lines.lines();
  }

  List<String> of(FeatureSearch.OnToken found) {
    String token = SummaryLines.quoted(found.token());
    lines.heading("Strongest examples peak on " + token, "share of them");
    for (FeatureSearch.OfToken each : found.firing()) {
      row(each.id(), String.format(Locale.ROOT, "%8.0f%%", 100 * each.peaks()));
    }
    lines.heading(
        "Raise the logit of " + token,
        "by this much at the largest activation, relative to the mean logit");
    for (FeatureSearch.OfToken each : found.promoting()) {
      row(each.id(), String.format(Locale.ROOT, "%+8.2f", each.effect()));
    }
    return lines.lines();
  }

  private void row(FeatureId id, String figures) {
    lines.lineWithNote(
        Style.BOLD,
        String.format("%-9s ", id) + figures,
        "  "
            + SummaryLines.printable(reader.read(id, false).label().map(l -> l.text()).orElse("")));
  }
}
