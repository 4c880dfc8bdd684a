package dev.loupe.audit;

import dev.loupe.outcomes.Markup;
import dev.loupe.outcomes.PlainPage;
import java.util.List;
import java.util.Locale;

/** What the pages of audits share: one HTML file with tables; no script, no network. */
public final class AuditHtml {
  private static final String OWN_STYLE =
      """
      .plots { display: flex; flex-wrap: wrap; gap: 18px; }
      figure { margin: 0; }
      th, td { padding-right: 14px; }
      .ends { display: block; color: var(--soft); }
      figcaption { color: var(--soft); font-size: 0.8125rem; max-width: 300px; overflow-wrap: anywhere; }
      svg text { fill: var(--soft); font-size: 10px; }
      svg .frame { fill: none; stroke: var(--rule); }
      svg .ideal { stroke: var(--faint); stroke-dasharray: 4 3; }
      svg .band { stroke: var(--accent); stroke-width: 1.5; }
      svg .dot { fill: var(--accent); }
      svg .curve { fill: none; stroke: var(--accent); stroke-width: 1.5; }
      """;

  private AuditHtml() {}

  /**
   * A whole page.
   *
   * @param title plain text
   * @param lead what was audited, plain text
   * @param body sections of HTML
   */
  public static String page(String title, String lead, String body) {
    return PlainPage.of("audit", title, title, lead, OWN_STYLE, body);
  }

  /** The section of what should be known; empty without a note. */
  public static String notes(List<String> notes) {
    if (notes.isEmpty()) {
      return "";
    }
    StringBuilder list = new StringBuilder("<section><h2>To keep in mind</h2><ul class=\"said\">");
    notes.forEach(note -> list.append("<li>").append(Markup.escaped(note)).append("</li>"));
    return list.append("</ul></section>").toString();
  }

  /** A table up to the first columns of its head, which hold text. */
  public static StringBuilder head(String... names) {
    StringBuilder rows =
        new StringBuilder("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    for (String name : names) {
      rows.append("<th scope=\"col\">").append(name).append("</th>");
    }
    return rows;
  }

  /** The end of a table. */
  public static String end(StringBuilder rows) {
    return rows.append("</tbody></table></div>").toString();
  }

  /** A further column, of numbers. */
  public static void column(StringBuilder rows, String name) {
    rows.append("<th scope=\"col\" class=\"number\">").append(name).append("</th>");
  }

  /** A cell with text. */
  public static void text(StringBuilder rows, String text) {
    rows.append("<td>").append(Markup.escaped(text)).append("</td>");
  }

  /** A cell with a number. An interval stands below its value, so that many fit on a screen. */
  public static void cell(StringBuilder rows, String text) {
    int border = text.indexOf(" [");
    rows.append("<td class=\"number\">");
    if (border < 0) {
      rows.append(Markup.escaped(text));
    } else {
      rows.append(Markup.escaped(text.substring(0, border)))
          .append("<span class=\"ends\">")
          .append(Markup.escaped(text.substring(border + 1)))
          .append("</span>");
    }
    rows.append("</td>");
  }

  /** Four digits at most. */
  public static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value)
        .replaceFirst("(\\.\\d*?)0+$", "$1")
        .replaceFirst("\\.$", "");
  }
}
