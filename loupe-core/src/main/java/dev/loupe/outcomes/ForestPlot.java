package dev.loupe.outcomes;

import dev.loupe.outcomes.OutcomeReport.Difference;
import dev.loupe.outcomes.OutcomeReport.Rate;
import dev.loupe.statistics.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A forest plot as SVG: for each config, over all categories and within each, the rate with its
 * interval, and the difference to the baseline with its own. One file for light and dark: it
 * follows what the reader's system prefers.
 */
public final class ForestPlot {
  private static final int MOST_ROWS = 200;

  private static final int WIDTH = 1132;
  private static final int MARGIN = 24;
  private static final int HEAD = 36;
  private static final int ROW = 28;
  private static final int GROUP = 42;
  private static final int FOOT = 50;

  private static final int NAMES = MARGIN;
  private static final int COUNTS = 252;
  private static final int RATES = 276;
  private static final int RATES_END = 492;
  private static final int RATE_VALUE = 552;
  private static final int RATE_INTERVAL = 560;
  private static final int DIFFERENCES = 648;
  private static final int DIFFERENCES_END = 864;
  private static final int DIFFERENCE_VALUE = 920;
  private static final int DIFFERENCE_INTERVAL = 928;
  private static final int P_END = WIDTH - MARGIN;
  private static final int LONGEST_NAME = 24;

  private final OutcomeReport report;
  private final double reach;
  private final StringBuilder svg = new StringBuilder();
  private double y;

  private ForestPlot(OutcomeReport report) {
    this.report = report;
    this.reach = reach(report);
  }

  /** The plot as an SVG element that can stand alone or within a page. */
  public static String svg(OutcomeReport report) {
    return new ForestPlot(report).draw();
  }

  /** One heading with its rows, as many as fit. */
  private record Group(Optional<String> category, List<Rate> rates) {}

  private List<Group> groups() {
    List<Optional<String>> categories = new ArrayList<>();
    categories.add(Optional.empty());
    report.categories().forEach(category -> categories.add(Optional.of(category)));
    List<Group> groups = new ArrayList<>();
    int left = MOST_ROWS;
    for (Optional<String> category : categories) {
      List<Rate> rates = report.rates(category);
      int shown = Math.min(left, rates.size());
      if (shown > 0) {
        groups.add(new Group(category, rates.subList(0, shown)));
      }
      left -= shown;
    }
    return groups;
  }

  private String draw() {
    List<Group> groups = groups();
    int drawn = groups.stream().mapToInt(group -> group.rates().size()).sum();
    double bottom = HEAD + groups.size() * GROUP + drawn * ROW + 8.0;
    axes(bottom);
    y = HEAD;
    for (Group group : groups) {
      heading(group.category());
      group.rates().forEach(this::row);
    }
    int hidden = report.rates().size() - drawn;
    double height = bottom + FOOT + (hidden > 0 ? 22 : 0);
    if (hidden > 0) {
      text(NAMES, height - 14, "note", hidden + " more rows are in the table, not in this plot.");
    }
    return String.format(
        Locale.ROOT,
        """
        <svg xmlns="http://www.w3.org/2000/svg" class="forest" viewBox="0 0 %d %.0f" width="%d" \
        height="%.0f" role="img" aria-label="%s">
        <style>%s</style>
        <rect class="sheet" width="%d" height="%.0f"/>
        %s</svg>
        """,
        WIDTH,
        height,
        WIDTH,
        height,
        Markup.escaped(
            "Forest plot: rates of success with %s intervals, and differences to %s"
                .formatted(level(), report.baseline())),
        STYLE,
        WIDTH,
        height,
        svg);
  }

  private void heading(Optional<String> group) {
    y += GROUP;
    text(NAMES, y - 10, "group", Markup.shortened(group.orElse(pooledName()), 60));
    line("rule", MARGIN, y, WIDTH - MARGIN, y);
  }

  private String pooledName() {
    return report.categories().isEmpty() ? "All trials" : "All categories together";
  }

  private void row(Rate rate) {
    y += ROW;
    double middle = y - ROW / 2.0 + 2;
    Estimate estimate = rate.rate();
    boolean isPooled = rate.category().isEmpty();
    text(NAMES, middle + 4.5, "name", Markup.shortened(rate.config(), LONGEST_NAME));
    end(COUNTS, middle + 4.5, "count", rate.successes() + "/" + rate.trials());
    mark(
        estimate,
        rateAt(estimate.low()),
        rateAt(estimate.value()),
        rateAt(estimate.high()),
        middle,
        isPooled,
        "rate",
        rate.config() + ": " + Markup.percent(estimate));
    end(RATE_VALUE, middle + 4.5, "figure", Markup.percentValue(estimate));
    text(RATE_INTERVAL, middle + 4.5, "count", Markup.percentInterval(estimate));
    Optional<Difference> difference = report.difference(rate.config(), rate.category());
    if (difference.isPresent()) {
      difference(difference.get(), middle, isPooled);
    } else if (rate.config().equals(report.baseline())) {
      middle(differenceAt(0), middle + 4, "note backed", "baseline");
    }
  }

  private void difference(Difference each, double middle, boolean isPooled) {
    Estimate estimate = each.difference();
    String direction = estimate.value() > 0 ? "raise" : "lower";
    String kind = each.isShown(report.level()) ? direction : "open";
    mark(
        estimate,
        differenceAt(estimate.low()),
        differenceAt(estimate.value()),
        differenceAt(estimate.high()),
        middle,
        isPooled,
        kind,
        each.config() + ": " + Markup.points(estimate));
    end(DIFFERENCE_VALUE, middle + 4.5, "figure", Markup.signed(100 * estimate.value()));
    text(DIFFERENCE_INTERVAL, middle + 4.5, "count", Markup.pointsInterval(estimate));
    end(P_END, middle + 4.5, "count", Markup.p(each.adjustedP()));
  }

  /** A whisker with a square for a category, a diamond for all together. */
  private void mark(
      Estimate estimate,
      double low,
      double at,
      double high,
      double middle,
      boolean isPooled,
      String kind,
      String title) {
    svg.append("<g class=\"mark ").append(kind).append("\"><title>");
    svg.append(Markup.escaped(title)).append("</title>");
    if (estimate.hasInterval()) {
      line("whisker", low, middle, high, middle);
      line("whisker", low, middle - 4, low, middle + 4);
      line("whisker", high, middle - 4, high, middle + 4);
    }
    double size = isPooled ? 6.5 : 4.5;
    svg.append("<path class=\"shape\" d=\"");
    svg.append(
        isPooled
            ? String.format(
                Locale.ROOT,
                "M%.1f %.1f l%3$.1f %3$.1f l-%3$.1f %3$.1f l-%3$.1f -%3$.1f Z",
                at,
                middle - size,
                size)
            : String.format(
                Locale.ROOT,
                "M%.1f %.1f h%3$.1f v%3$.1f h-%3$.1f Z",
                at - size,
                middle - size,
                2 * size));
    svg.append("\"/>");
    svg.append("</g>\n");
  }

  private void axes(double bottom) {
    text(NAMES, 26, "head", "Config");
    end(COUNTS, 26, "head", "Successes");
    text(RATES, 26, "head", "Rate, " + level() + " interval");
    for (int percent = 0; percent <= 100; percent += 25) {
      double x = rateAt(percent / 100.0);
      line("grid", x, HEAD + 4.0, x, bottom);
      middle(x, bottom + 18, "tick", percent + "%");
    }
    if (!report.differences().isEmpty()) {
      text(
          DIFFERENCES,
          26,
          "head",
          "Minus " + Markup.shortened(report.baseline(), 20) + ", in points");
      end(P_END, 26, "head", "Holm p");
      for (int step = -2; step <= 2; step++) {
        double value = reach * step / 2;
        double x = differenceAt(value);
        line(step == 0 ? "zero" : "grid", x, HEAD + 4.0, x, bottom);
        middle(x, bottom + 18, "tick", Markup.tick(100 * value));
      }
      text(DIFFERENCES, bottom + 36, "tick start", "← less often");
      end(DIFFERENCES_END, bottom + 36, "tick", "more often →");
    }
  }

  /** How far the axis of differences goes to both sides: the least of a few round numbers. */
  private static double reach(OutcomeReport report) {
    double most =
        report.differences().stream()
            .map(Difference::difference)
            .mapToDouble(each -> Math.max(Math.abs(each.low()), Math.abs(each.high())))
            .filter(Double::isFinite)
            .max()
            .orElse(1);
    for (double round : new double[] {0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8}) {
      if (most <= round) {
        return round;
      }
    }
    return 1;
  }

  private static double rateAt(double rate) {
    return RATES + rate * (RATES_END - RATES);
  }

  private double differenceAt(double difference) {
    return DIFFERENCES + (difference / reach + 1) / 2 * (DIFFERENCES_END - DIFFERENCES);
  }

  private String level() {
    return Markup.level(report.level());
  }

  private void line(String kind, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
            kind,
            x1,
            y1,
            x2,
            y2));
  }

  private void text(double x, double at, String kind, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
            kind,
            x,
            at,
            Markup.escaped(text)));
  }

  private void end(double x, double at, String kind, String text) {
    text(x, at, kind + " end", text);
  }

  private void middle(double x, double at, String kind, String text) {
    text(x, at, kind + " middle", text);
  }

  private static final String STYLE =
      """
      .forest { --sheet: #fffefb; --rule: #e3ded2; --edge: #8d8778; --ink: #1e222b; --soft: #555b67; \
      --faint: #69675f; --accent: #00735a; --raise: #0067a5; --lower: #b14403; \
      font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; }
      @media (prefers-color-scheme: dark) { .forest { --sheet: #1b1e25; --rule: #2e333e; --edge: #77808f; \
      --ink: #e7e5df; --soft: #b0b4bd; --faint: #969ca8; --accent: #3fc6a0; --raise: #63b3f0; --lower: #f59350; } }
      .forest .sheet { fill: var(--sheet); }
      .forest text { font-size: 13px; fill: var(--ink); font-variant-numeric: tabular-nums; }
      .forest .end { text-anchor: end; }
      .forest .group { font-weight: 600; font-size: 13.5px; }
      .forest .head, .forest .note { font-size: 12px; fill: var(--soft); }
      .forest .count { fill: var(--soft); }
      .forest .middle { text-anchor: middle; }
      .forest .tick { font-size: 11px; fill: var(--faint); }
      .forest .backed { paint-order: stroke; stroke: var(--sheet); stroke-width: 6px; }
      .forest .rule, .forest .grid { stroke: var(--rule); }
      .forest .grid { stroke-dasharray: 1 3; }
      .forest .zero { stroke: var(--edge); }
      .forest .mark { --mark: var(--accent); }
      .forest .mark.raise { --mark: var(--raise); }
      .forest .mark.lower { --mark: var(--lower); }
      .forest .mark.open { --mark: var(--soft); }
      .forest .whisker { stroke: var(--mark); stroke-width: 1.6; }
      .forest .shape { fill: var(--mark); stroke: var(--mark); stroke-width: 1.5; stroke-linejoin: round; }
      .forest .open .shape { fill: var(--sheet); }
      """;
}
