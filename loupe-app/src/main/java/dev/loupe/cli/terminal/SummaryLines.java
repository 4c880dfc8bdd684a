package dev.loupe.cli.terminal;

import dev.loupe.job.Cost;
import dev.loupe.report.Evidence;
import dev.loupe.report.Provenance;
import dev.loupe.report.Verdict;
import dev.loupe.statistics.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Lines of a summary for people, styled, and cut or wrapped to the terminal's width. */
public final class SummaryLines {
  private final Terminal terminal;
  private final List<String> lines = new ArrayList<>();

  public SummaryLines(Terminal terminal) {
    this.terminal = terminal;
  }

  /** What has been added so far. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  public static String percent(double share) {
    return String.format(Locale.ROOT, "%5.1f%%", 100 * share);
  }

  /** A text as one would type it to a shell. */
  public static String typed(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  public static String quoted(String text) {
    return "“" + printable(text) + "”";
  }

  /** Text of a model can hold anything; what would move the cursor is written out. */
  public static String printable(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints()
        .forEach(point -> {
          switch (point) {
            case '\n' -> safe.append("\\n");
            case '\t' -> safe.append("\\t");
            case '\r' -> safe.append("\\r");
            default -> safe.appendCodePoint(Character.isISOControl(point) ? '\ufffd' : point);
          }
        });
    return safe.toString();
  }

  public void heading(String heading, String note) {
    blank();
    lineWithNote(Style.HEADING, heading, note.isEmpty() ? "" : "  " + note);
  }

  public void lineWithNote(Style style, String text, String note) {
    String cut = Terminal.cut(text, terminal.width());
    int room = terminal.width() - cut.codePointCount(0, cut.length());
    String rest = room > 2 && !note.isEmpty() ? cutBetweenWords(note, room) : "";
    lines.add(
        terminal.styled(style, cut) + (rest.isEmpty() ? "" : terminal.styled(Style.DIM, rest)));
  }

  /** Cut to the columns after a whole word of a list, where one fits. */
  private static String cutBetweenWords(String text, int columns) {
    String cut = Terminal.cut(text, columns);
    int end = Math.max(cut.lastIndexOf(", "), cut.lastIndexOf("; "));
    return cut.equals(text) || end < 0 ? cut : cut.substring(0, end) + " …";
  }

  public void line(Style style, String text) {
    lines.add(terminal.styled(style, Terminal.cut(text.stripTrailing(), terminal.width())));
  }

  /** A line whose middle part stands out; the caller has cut it. */
  public void styled(String before, String bold, String after) {
    lines.add(before + terminal.styled(Style.BOLD, bold) + after);
  }

  /** A paragraph that continues under its first word; the mark is styled, or all without one. */
  public void wrapped(Style style, String mark, String text) {
    int room = Math.max(1, terminal.width() - mark.length());
    String start = mark.isBlank() ? mark : terminal.styled(style, mark);
    StringBuilder row = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      boolean isFull = !row.isEmpty() && row.length() + 1 + word.length() > room;
      if (isFull) {
        lines.add(start + (mark.isBlank() ? terminal.styled(style, row.toString()) : row));
        start = " ".repeat(mark.length());
        row.setLength(0);
      }
      row.append(row.isEmpty() ? "" : " ").append(Terminal.cut(word, room));
    }
    lines.add(start + (mark.isBlank() ? terminal.styled(style, row.toString()) : row));
  }

  /**
   * What work would take.
   *
   * @param opening seconds that passed before it could begin
   */
  public void cost(Cost cost, double opening) {
    String disk =
        cost.diskBytes() == 0
            ? ""
            : ", %s of disk".formatted(ProgressLine.bytes((double) cost.diskBytes()));
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: about %s and %s of memory at the peak%s.",
            RequestFields.asOptions(cost.work()),
            ProgressLine.duration(opening + cost.seconds()),
            ProgressLine.bytes((double) cost.memoryBytes()),
            disk));
  }

  /** A row of a table, whole however wide: a figure that is cut tells nothing. */
  public void row(String text) {
    lines.add(text);
  }

  /** The head of a table. */
  public void head(String text) {
    lines.add(terminal.styled(Style.DIM, text));
  }

  public void blank() {
    lines.add("");
  }

  public void line(String text) {
    lines.add(Terminal.cut(text, terminal.width()));
  }

  /** How an answer was checked, and what it does not say. */
  public void checks(List<Evidence> evidence, List<String> caveats) {
    List<Evidence> failed =
        evidence.stream().filter(each -> each.verdict() == Verdict.FAILED).toList();
    evidence(failed, caveats);
    long passed = evidence.stream().filter(each -> each.verdict() == Verdict.PASSED).count();
    line(
        Style.DIM,
        "  %d of %d arithmetic checks passed, %d more figures: --evidence shows them"
            .formatted(passed, passed + failed.size(), evidence.size() - passed - failed.size()));
  }

  /** All checks, and what to keep in mind. */
  public void evidence(List<Evidence> evidence, List<String> caveats) {
    heading("Evidence", "");
    for (Evidence each : evidence) {
      String measured = RequestFields.asOptions(each.checked()) + ": " + measured(each.measured());
      switch (each.verdict()) {
        case PASSED -> wrapped(Style.PASSED, "  ✓ passed  ", measured + limit(each));
        case FAILED -> wrapped(Style.FAILED, "  ✗ FAILED  ", measured + limit(each));
        case NOTED -> wrapped(Style.DIM, "  · noted   ", measured);
      }
      if (!each.note().isEmpty()) {
        wrapped(Style.DIM, "            ", RequestFields.asOptions(each.note()));
      }
    }
    caveats.forEach(caveat -> wrapped(Style.DIM, "  ! caveat  ", RequestFields.asOptions(caveat)));
    terminal.caveats().shown(caveats);
  }

  /** What it was made with. */
  public void provenance(Provenance from) {
    blank();
    wrapped(
        Style.DIM,
        "",
        String.format(
            Locale.ROOT,
            "%s · %s on %s · %s · Loupe %s · %.1f s",
            from.inputs().stream().map(Provenance.Input::name).collect(Collectors.joining(" + ")),
            from.dtype(),
            from.device(),
            from.engine(),
            from.version(),
            from.seconds()));
  }

  private static String measured(Estimate estimate) {
    String value = Double.isNaN(estimate.value()) ? "undefined" : number(estimate.value());
    String interval =
        estimate.hasInterval()
            ? " [" + number(estimate.low()) + ", " + number(estimate.high()) + "]"
            : "";
    return value + interval + (estimate.unit().isEmpty() ? "" : " " + estimate.unit());
  }

  private static String limit(Evidence evidence) {
    return " (tolerance " + number(evidence.tolerance()) + ")";
  }

  private static String number(double value) {
    boolean isPlain = value == 0 || (Math.abs(value) >= 1e-2 && Math.abs(value) < 1e6);
    return String.format(Locale.ROOT, isPlain ? "%.3f" : "%.1e", value);
  }
}
