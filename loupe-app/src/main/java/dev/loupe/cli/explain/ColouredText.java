package dev.loupe.cli.explain;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A text of which some stretches have a score: coloured by sign where colour is allowed, with the
 * number behind it, and the strong ones marked. Meaning never hangs on colour alone.
 */
final class ColouredText {
  /** Scores below this share of the largest are left plain, without a number. */
  private static final double SHOWN = 0.1;

  /** From this share on the ground is coloured rather than the text. */
  private static final double STRONG = 0.5;

  private final Terminal terminal;
  private final double largest;
  private final List<String> words = new ArrayList<>();

  ColouredText(Terminal terminal, double largest) {
    this.terminal = terminal;
    this.largest = largest;
  }

  /** Text without a score. */
  void plain(String text) {
    words.add(SummaryLines.printable(text.strip()));
  }

  /** A unit with its score. */
  void scored(String text, double score) {
    String printed = SummaryLines.printable(text.strip());
    if (Math.abs(score) < SHOWN * largest || largest == 0) {
      words.add(printed);
      return;
    }
    String number = String.format(Locale.ROOT, "[%+.2f]", score);
    boolean strong = Math.abs(score) >= STRONG * largest;
    Style style =
        score < 0
            ? strong ? Style.STRONG_NEGATIVE : Style.NEGATIVE
            : strong ? Style.STRONG_POSITIVE : Style.POSITIVE;
    words.add(terminal.styled(style, printed + number));
  }

  /** Rows no wider than the terminal, as far as words allow. */
  void show(SummaryLines lines) {
    int room = terminal.width() - 2;
    StringBuilder row = new StringBuilder();
    int used = 0;
    for (String unit : words) {
      String visible = unit.replaceAll("\u001b\\[[0-9;]*m", "");
      if (visible.isEmpty()) {
        continue;
      }
      if (visible.length() > room) { // a whole sentence: wrapped word by word
        flush(lines, row);
        boolean styled = !visible.equals(unit);
        Style style = visible.contains("[-") ? Style.NEGATIVE : Style.POSITIVE;
        lines.wrapped(styled ? style : Style.PLAIN, "  ", visible);
        used = 0;
        continue;
      }
      if (used + 1 + visible.length() > room) {
        flush(lines, row);
        used = 0;
      }
      row.append(row.isEmpty() ? "" : " ").append(unit);
      used += 1 + visible.length();
    }
    flush(lines, row);
  }

  private static void flush(SummaryLines lines, StringBuilder row) {
    if (!row.isEmpty()) {
      lines.row("  " + row);
      row.setLength(0);
    }
  }
}
