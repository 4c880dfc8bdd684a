package dev.loupe.cli.terminal;

import dev.loupe.job.Counted;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How far a long step is, with rate and remaining time, on standard error: one line that rewrites
 * itself on a terminal, a plain line now and then elsewhere, and nothing at all for a step that
 * ends within two seconds.
 */
public final class ProgressLine implements AutoCloseable {
  private static final double FIRST_SHOWN_AFTER = 2;
  private static final double REDRAWN_AFTER = 0.1;
  private static final double PLAIN_LINE_AFTER = 10;
  private static final int BAR = 20;

  private final Terminal terminal;
  private final String what;
  private final Counted unit;
  private final LongSupplier nanoClock;
  private final long start;
  private double lastShown = Double.NEGATIVE_INFINITY;
  private long base = -1;
  private double baseTime;
  private boolean drawn;

  /**
   * Starts the clock.
   *
   * @param what the step, for example {@code reading model.safetensors}
   */
  public ProgressLine(Terminal terminal, String what, Counted unit) {
    this(terminal, what, unit, System::nanoTime);
  }

  ProgressLine(Terminal terminal, String what, Counted unit, LongSupplier nanoClock) {
    this.terminal = terminal;
    this.what = what;
    this.unit = unit;
    this.nanoClock = nanoClock;
    this.start = nanoClock.getAsLong();
  }

  /**
   * Reports the progress of the step; cheap enough for an inner loop.
   *
   * @param done units done; the first call sets where the rate is measured from
   * @param total units in all, 0 if that is not known
   */
  public void at(long done, long total) {
    double now = (nanoClock.getAsLong() - start) / 1e9;
    if (base < 0 || done < base) {
      base = done;
      baseTime = now;
    }
    double pause = terminal.errIsTerminal() ? REDRAWN_AFTER : PLAIN_LINE_AFTER;
    double first = terminal.errIsTerminal() ? FIRST_SHOWN_AFTER : PLAIN_LINE_AFTER;
    if (terminal.quiet() || now < first || now - lastShown < pause) {
      return;
    }
    lastShown = now;
    show(line(done, total, now));
  }

  private String line(long done, long total, double now) {
    double rate = now > baseTime ? (done - base) / (now - baseTime) : 0;
    StringBuilder line = new StringBuilder(what);
    if (total > 0) {
      line.append("  %3d%%".formatted(Math.min(100, 100 * done / total)));
      if (terminal.errIsTerminal()) {
        line.append(' ').append(bar(done, total));
      }
      line.append("  ").append(of(unit, done, total));
    } else {
      line.append("  ").append(count(unit, (double) done));
    }
    if (rate > 0) {
      line.append(", ").append(count(unit, rate)).append("/s");
      if (total > done) {
        line.append(", ").append(duration((total - done) / rate)).append(" left");
      }
    }
    return line.toString();
  }

  static String count(Counted unit, double amount) {
    if (unit == Counted.BYTES) {
      return bytes(amount);
    }
    String figures = amount < 10 && amount != Math.rint(amount) ? "%.1f" : "%,.0f";
    return String.format(Locale.ROOT, figures, amount) + " " + unit.name().toLowerCase(Locale.ROOT);
  }

  static String of(Counted unit, long done, long total) {
    return unit == Counted.BYTES
        ? count(unit, (double) done) + " of " + count(unit, (double) total)
        : String.format(Locale.ROOT, "%,d of %s", done, count(unit, (double) total));
  }

  private static String bar(long done, long total) {
    int full = (int) Math.min(BAR, BAR * done / total);
    return "█".repeat(full) + "░".repeat(BAR - full);
  }

  private void show(String line) {
    if (terminal.errIsTerminal()) {
      terminal.err().print("\r\u001b[K" + Terminal.cut(line, terminal.width() - 1));
      drawn = true;
    } else {
      terminal.err().println(line);
    }
    terminal.err().flush();
  }

  /** Wipes the line from the terminal; plain lines stay. */
  @Override
  public void close() {
    if (drawn) {
      terminal.err().print("\r\u001b[K");
      terminal.err().flush();
      drawn = false;
    }
  }

  /** An amount of bytes as people write it: {@code 98.1 MB}. */
  public static String bytes(double amount) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    int unit = 0;
    double value = amount;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }

  /** A duration as people write it: {@code 42 s}, {@code 3 min 20 s}, {@code 2 h 5 min}. */
  public static String duration(double seconds) {
    long whole = Math.round(Math.min(seconds, 1e9));
    if (whole < 60) {
      return whole + " s";
    }
    if (whole < 3600) {
      return whole / 60 + " min " + whole % 60 + " s";
    }
    return whole / 3600 + " h " + whole % 3600 / 60 + " min";
  }
}
