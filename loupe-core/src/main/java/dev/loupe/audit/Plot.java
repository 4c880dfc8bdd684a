package dev.loupe.audit;

import dev.loupe.outcomes.Markup;
import java.util.List;
import java.util.Locale;

/** A square diagram in SVG, whose axes both go from 0 to 1. */
public final class Plot {
  private static final int SIDE = 240;
  private static final int EDGE = 34;
  private static final int LONGEST_TICK = 16;

  private final StringBuilder svg;

  /** Whose axes' ends are called 0 and 1. */
  Plot(String label, String across, String up) {
    this(label, across, up, "0", "1", "1");
  }

  /**
   * A frame.
   *
   * @param left what 0 of the horizontal axis stands for
   * @param right what 1 of it stands for
   * @param top what 1 of the vertical axis stands for
   */
  public Plot(String label, String across, String up, String left, String right, String top) {
    int size = SIDE + 2 * EDGE;
    svg =
        new StringBuilder(
            """
            <svg role="img" aria-label="%s" width="%d" height="%d" viewBox="0 0 %d %d">\
            <rect class="frame" x="%d" y="%d" width="%d" height="%d"/>\
            """
                .formatted(Markup.escaped(label), size, size, size, size, EDGE, EDGE, SIDE, SIDE));
    text(EDGE, EDGE + SIDE + 14, "", left);
    text(EDGE + SIDE, EDGE + SIDE + 14, " text-anchor=\"end\"", right);
    text(EDGE + SIDE / 2, EDGE + SIDE + 28, " text-anchor=\"middle\"", across);
    text(EDGE - 6, EDGE + 8, " text-anchor=\"end\"", top);
    text(4, EDGE - 10, "", up);
  }

  private void text(int x, int y, String anchor, String text) {
    svg.append(
        "<text x=\"%d\" y=\"%d\"%s>%s</text>"
            .formatted(x, y, anchor, Markup.escaped(Markup.shortened(text, LONGEST_TICK))));
  }

  /** A line; its kind is a class of the style sheet. */
  public void line(String kind, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
            kind,
            x(x1),
            y(y1),
            x(x2),
            y(y2)));
  }

  /** A dot that tells its figures under the pointer. */
  public void dot(double x, double y, String title) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>%s</title></circle>",
            x(x),
            y(y),
            Markup.escaped(title)));
  }

  /** Straight from point to point, each x and y. */
  public void curve(List<double[]> points) {
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      path.append(
          String.format(
              Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", x(point[0]), y(point[1])));
    }
    svg.append("<path class=\"curve\" d=\"").append(path).append("\"/>");
  }

  /** With what is to be read below it, plain text. */
  public String figure(String caption) {
    return "<figure>%s</svg><figcaption>%s</figcaption></figure>"
        .formatted(svg, Markup.escaped(caption));
  }

  private static double x(double share) {
    return EDGE + SIDE * share;
  }

  private static double y(double share) {
    return EDGE + SIDE * (1 - share);
  }
}
