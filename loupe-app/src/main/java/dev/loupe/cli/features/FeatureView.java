package dev.loupe.cli.features;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.features.Example;
import dev.loupe.instrument.features.ExampleGroups;
import dev.loupe.instrument.features.FeatureDashboard;
import dev.loupe.instrument.features.FeatureReport;
import dev.loupe.instrument.features.Histogram;
import dev.loupe.instrument.features.Label;
import dev.loupe.instrument.features.LabelScore;
import dev.loupe.instrument.features.StoredFeature;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Features as lines that a person reads without a manual. */
final class FeatureView {
  private static final String BARS = " ▁▂▃▄▅▆▇█";
  private static final int NAMED = 8;

  private final Terminal terminal;
  private final SummaryLines lines;
  private final int top;

  private FeatureView(int top, Terminal terminal, SummaryLines lines) {
    this.terminal = terminal;
    this.lines = lines;
    this.top = top;
  }

  /**
   * The features one below the other.
   *
   * @param top examples of each group
   */
  static void show(FeatureDashboard dashboard, int top, Terminal terminal, SummaryLines lines) {
    FeatureView view = new FeatureView(top, terminal, lines);
    for (FeatureReport report : dashboard.features()) {
      view.head(report, dashboard);
      view.activations(report.stored());
      view.examples(report.stored());
      view.effects(report);
      view.relatives(report);
      lines.blank();
    }
  }

  private void head(FeatureReport report, FeatureDashboard dashboard) {
    lines.lineWithNote(
        Style.BOLD,
        "Feature " + report.id(),
        "  of " + dashboard.basis() + " in " + dashboard.model());
    report
        .label()
        .ifPresent(label -> {
          lines.wrapped(Style.BOLD, "", SummaryLines.printable(label.text()));
          lines.wrapped(Style.DIM, "", source(label));
        });
  }

  private static String source(Label label) {
    String by =
        label.isHeuristic()
            ? "label built by a rule from examples and logits, not by a model"
            : "label by " + label.source();
    return by
        + label.detection().map(score -> "; detection " + accuracy(score)).orElse("")
        + label.fuzzing().map(score -> ", fuzzing " + accuracy(score)).orElse("");
  }

  /** A score in words. */
  static String accuracy(LabelScore score) {
    var accuracy = score.accuracy();
    return score.judged() == 0
        ? "not measured"
        : String.format(
            Locale.ROOT,
            "%.0f%% [%.0f, %.0f] of %d right",
            100 * accuracy.value(),
            100 * accuracy.low(),
            100 * accuracy.high(),
            score.judged());
  }

  private void activations(StoredFeature stored) {
    lines.heading("Activations", "");
    if (stored.active() == 0) {
      lines.line(
          String.format(
              Locale.ROOT,
              "  never above zero on %,d tokens, mean %.4f",
              stored.tokens(),
              stored.mean()));
      return;
    }
    Estimate frequency = Proportion.wilson(stored.active(), stored.tokens(), 0.95);
    lines.line(
        String.format(
            Locale.ROOT,
            "  above zero on %.3f%% [%.3f, %.3f] of %,d tokens, largest %.3f, mean %.4f",
            100 * frequency.value(),
            100 * frequency.low(),
            100 * frequency.high(),
            stored.tokens(),
            stored.largest(),
            stored.mean()));
    lines.line("  " + histogram(stored.histogram()));
  }

  /** One character a bin, as high as the root of its count: the tail is what people look for. */
  private static String histogram(Histogram histogram) {
    int from = histogram.first();
    int to = histogram.end();
    long most = histogram.counts().stream().mapToLong(Long::longValue).max().orElse(1);
    StringBuilder bars = new StringBuilder();
    for (int bin = from; bin < to; bin++) {
      double height = Math.sqrt((double) histogram.counts().get(bin) / most);
      bars.append(BARS.charAt((int) Math.ceil(height * (BARS.length() - 1))));
    }
    return String.format(
        Locale.ROOT,
        "%.3g %s %.3g  (logarithmic)",
        Histogram.lowerEdge(from),
        bars,
        Histogram.lowerEdge(to));
  }

  private void examples(StoredFeature stored) {
    for (ExampleGroups.Group group : ExampleGroups.of(stored)) {
      lines.heading(group.name(), "");
      for (Example example : group.examples().subList(0, Math.min(top, group.examples().size()))) {
        line(example);
      }
    }
  }

  /** The peak stands in the same column of all lines. */
  private void line(Example example) {
    String before = text(example, 0, example.peak());
    String peak = text(example, example.peak(), example.peak() + 1);
    String after = text(example, example.peak() + 1, example.texts().size());
    int room = Math.max(20, terminal.width() - 12);
    int left = room / 2;
    String shownBefore = start(before, left);
    String shownPeak = Terminal.cut(peak, room / 3);
    int length = shownPeak.codePointCount(0, shownPeak.length());
    String shownAfter = Terminal.cut(after, Math.max(1, room - left - length - 2));
    lines.styled(
        String.format(Locale.ROOT, "  %8.3f  ", example.activation())
            + " ".repeat(Math.max(0, left - shownBefore.codePointCount(0, shownBefore.length())))
            + shownBefore,
        terminal.colour() ? shownPeak : "«" + shownPeak + "»",
        shownAfter);
  }

  private static String text(Example example, int from, int to) {
    return SummaryLines.printable(String.join("", example.texts().subList(from, to)));
  }

  /** The end of a text, after an ellipsis if it is shortened. */
  private static String start(String text, int columns) {
    int length = text.codePointCount(0, text.length());
    return length <= columns
        ? text
        : "…" + text.substring(text.offsetByCodePoints(0, length - columns + 1));
  }

  private void effects(FeatureReport report) {
    if (report.promoted().isEmpty()) {
      return;
    }
    lines.heading("Logits", "per unit of activation, directly through the last norm");
    lines.lineWithNote(Style.POSITIVE, "  promotes    ", words(report.promoted()));
    lines.lineWithNote(Style.NEGATIVE, "  suppresses  ", words(report.suppressed()));
  }

  private static String words(List<FeatureReport.TokenEffect> effects) {
    return effects.stream()
        .limit(NAMED)
        .map(each ->
            SummaryLines.quoted(each.text()) + String.format(Locale.ROOT, " %+.2f", each.effect()))
        .collect(Collectors.joining(", "));
  }

  private void relatives(FeatureReport report) {
    lines.heading("Nearest decoder directions", "cosine");
    lines.line(
        "  "
            + report.nearest().stream()
                .limit(NAMED)
                .map(each -> String.format(Locale.ROOT, "%s %.2f", each.id(), each.cosine()))
                .collect(Collectors.joining(", ")));
    if (!report.stored().neurons().isEmpty()) {
      lines.heading("Correlated neurons of the layer", "correlation");
      lines.line(
          "  "
              + report.stored().neurons().stream()
                  .limit(NAMED)
                  .map(each ->
                      String.format(Locale.ROOT, "%d %+.2f", each.neuron(), each.correlation()))
                  .collect(Collectors.joining(", ")));
    }
  }
}
