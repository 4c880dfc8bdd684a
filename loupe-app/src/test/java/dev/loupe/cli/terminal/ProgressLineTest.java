package dev.loupe.cli.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.job.Counted;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private double seconds;

  private ProgressLine line(boolean isTerminal, boolean quiet) {
    Terminal terminal =
        new Terminal(
            InputStream.nullInputStream(),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            isTerminal,
            isTerminal,
            false,
            100);
    terminal.verbosity().quiet(quiet);
    return new ProgressLine(terminal, "reading", Counted.BYTES, () -> (long) (seconds * 1e9));
  }

  private String printed() {
    return err.toString(UTF_8);
  }

  @Test
  void aStepOfLessThanTwoSecondsShowsNothing() {
    try (ProgressLine line = line(true, false)) {
      line.at(0, 100);
      seconds = 1.9;
      line.at(100, 100);
    }
    assertEquals("", printed());
  }

  @Test
  void showsShareRateAndRemainingTimeOnStandardErrorOnly() {
    try (ProgressLine line = line(true, false)) {
      line.at(0, 40_000_000);
      seconds = 5;
      line.at(10_000_000, 40_000_000);
      assertTrue(printed().contains(" 25% "), printed());
      assertTrue(printed().contains("10.0 MB of 40.0 MB, 2.0 MB/s, 15 s left"), printed());
    }
    assertTrue(printed().endsWith("\r\u001b[K"), "the line is wiped at the end");
    assertEquals("", out.toString(UTF_8));
  }

  @Test
  void whatWasThereBeforeDoesNotCountAsSpeed() {
    ProgressLine line = line(true, false);
    line.at(30_000_000, 40_000_000);
    seconds = 5;
    line.at(35_000_000, 40_000_000);
    assertTrue(printed().contains("1.0 MB/s, 5 s left"), printed());
  }

  @Test
  void filesGetAPlainLineEveryTenSeconds() {
    ProgressLine line = line(false, false);
    for (seconds = 0; seconds <= 25; seconds += 0.5) {
      line.at((long) seconds, 100);
    }
    line.close();
    assertEquals(2, printed().lines().count());
    assertTrue(!printed().contains("\u001b") && !printed().contains("\r"), printed());
  }

  @Test
  void quietIsQuiet() {
    ProgressLine line = line(true, true);
    line.at(0, 100);
    seconds = 100;
    line.at(50, 100);
    line.close();
    assertEquals("", printed());
  }

  @Test
  void anUnknownTotalStillHasARate() {
    ProgressLine line = line(true, false);
    line.at(0, 0);
    seconds = 4;
    line.at(8000, 0);
    assertTrue(printed().contains("reading  8.0 kB, 2.0 kB/s"), printed());
  }

  @Test
  void amountsReadAsPeopleWriteThem() {
    assertEquals("999 B", ProgressLine.bytes(999));
    assertEquals("98.1 MB", ProgressLine.bytes(98_123_456));
    assertEquals("42 s", ProgressLine.duration(42.4));
    assertEquals("3 min 20 s", ProgressLine.duration(200));
    assertEquals("2 h 5 min", ProgressLine.duration(7500));
    assertEquals("3 of 30 layers", ProgressLine.of(Counted.LAYERS, 3, 30));
    assertEquals("1.5 tokens", ProgressLine.count(Counted.TOKENS, 1.5));
  }
}
