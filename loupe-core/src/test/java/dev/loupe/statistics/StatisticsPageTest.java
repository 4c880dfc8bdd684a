package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The tables of docs/statistics.md are what the code computes; {@code -Dloupe.write=true} writes
 * them.
 */
class StatisticsPageTest {
  private static final Path PAGE =
      Path.of(System.getProperty("loupe.root", ".."), "docs", "statistics.md");
  private static final double LEVEL = 0.95;
  private static final int[] TRIALS = {10, 20, 50, 100, 200, 500, 1000};
  private static final double[] RATES = {0.01, 0.05, 0.1, 0.3, 0.5};
  private static final double ENOUGH = 0.93;
  private static final int LOOKED_AT = 3000;

  @Test
  void coverage() throws IOException {
    StringBuilder table =
        new StringBuilder(
            """
            | n | p | Wald covers | leaves | a point | Wilson | corrected | Clopper-Pearson | Jeffreys | Agresti-Coull |
            |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
            """);
    for (int n : TRIALS) {
      for (double p : RATES) {
        Coverage wald = of(ProportionInterval.WALD, n, p);
        table.append(
            "| %d | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n"
                .formatted(
                    n,
                    percent(p).replace(".0%", "%"),
                    wald.coverage() < 0.9
                        ? "**" + percent(wald.coverage()) + "**"
                        : percent(wald.coverage()),
                    percent(wald.leavesUnitInterval()),
                    percent(wald.noWidth()),
                    covers(ProportionInterval.WILSON, n, p),
                    covers(ProportionInterval.WILSON_CONTINUITY, n, p),
                    covers(ProportionInterval.CLOPPER_PEARSON, n, p),
                    covers(ProportionInterval.JEFFREYS, n, p),
                    covers(ProportionInterval.AGRESTI_COULL, n, p)));
      }
    }
    stands("coverage", table.toString());
  }

  @Test
  void enough() throws IOException {
    StringBuilder head = new StringBuilder("| p |");
    StringBuilder rule = new StringBuilder("|---|");
    StringBuilder row = new StringBuilder("| trials |");
    for (double p : RATES) {
      int last =
          IntStream.rangeClosed(1, LOOKED_AT)
              .filter(n -> of(ProportionInterval.WALD, n, p).coverage() < ENOUGH)
              .max()
              .orElse(0);
      head.append(String.format(Locale.ROOT, " %.0f%% |", 100 * p));
      rule.append("---:|");
      row.append(String.format(Locale.ROOT, " %,d |", last + 1));
    }
    stands("enough", head + "\n" + rule + "\n" + row + "\n");
  }

  /** The figure that the text gives for Wilson's weakness. */
  @Test
  void wilsonFallsBelowItsLevelToo() throws IOException {
    double covers = of(ProportionInterval.WILSON, 35, 0.005).coverage();
    assertEquals("83.9%", percent(covers));
    assertTrue(Files.readString(PAGE).contains("83.9% at"));
  }

  private static Coverage of(ProportionInterval method, int n, double p) {
    return Coverage.of(method, n, p, LEVEL);
  }

  private static String covers(ProportionInterval method, int n, double p) {
    return percent(of(method, n, p).coverage());
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  private static void stands(String name, String table) throws IOException {
    String page = Files.readString(PAGE);
    String start = "<!-- " + name + " -->\n";
    int from = page.indexOf(start) + start.length();
    int to = page.indexOf("<!-- end -->", from);
    if (Boolean.getBoolean("loupe.write")) {
      Files.writeString(PAGE, page.substring(0, from) + table + page.substring(to));
    } else {
      assertEquals(table, page.substring(from, to), () -> "run with -Dloupe.write=true");
    }
  }
}
