package dev.loupe.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class TerminalTest {
  private static Terminal terminal(Map<String, String> properties, Map<String, String> variables) {
    Properties all = new Properties();
    all.putAll(properties);
    return Terminal.of(InputStream.nullInputStream(), System.out, System.err, all, variables);
  }

  @Test
  void coloursATerminal() {
    Terminal terminal = terminal(Map.of("loupe.out.terminal", "true"), Map.of());
    assertTrue(terminal.colour());
    assertTrue(terminal.styled(Style.BOLD, "x").startsWith("\u001b[1m"));
  }

  @Test
  void leavesFilesPlain() {
    Terminal terminal = terminal(Map.of("loupe.err.terminal", "true"), Map.of());
    assertFalse(terminal.colour());
    assertEquals("x", terminal.styled(Style.BOLD, "x"));
  }

  @Test
  void honoursNoColor() {
    Map<String, String> terminal = Map.of("loupe.out.terminal", "true");
    assertFalse(terminal(terminal, Map.of("NO_COLOR", "1")).colour());
    assertTrue(terminal(terminal, Map.of("NO_COLOR", "")).colour());
    assertFalse(terminal(terminal, Map.of("TERM", "dumb")).colour());
  }

  @Test
  void readsTheWidthAndDistrustsIt() {
    assertEquals(132, terminal(Map.of("loupe.columns", "132"), Map.of()).width());
    assertEquals(40, terminal(Map.of("loupe.columns", "3"), Map.of()).width());
    assertEquals(100, terminal(Map.of("loupe.columns", "wide"), Map.of()).width());
    assertEquals(100, terminal(Map.of("loupe.columns", ""), Map.of()).width());
  }

  @Test
  void cutsByCharactersAndShowsTheCut() {
    assertEquals("abc", Terminal.cut("abc", 3));
    assertEquals("ab…", Terminal.cut("abcd", 3));
    assertEquals("🙂…", Terminal.cut("🙂🙂🙂", 2));
  }
}
