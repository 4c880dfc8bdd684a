package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.LoupeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailureHandlerTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private ExitCode report(Throwable failure, boolean debug) {
    PrintStream stream = new PrintStream(err, true, UTF_8);
    Terminal terminal =
        new Terminal(InputStream.nullInputStream(), stream, stream, false, false, false, 100);
    return new FailureHandler(terminal, () -> debug).report(failure);
  }

  private String printed() {
    return err.toString(UTF_8);
  }

  @Test
  void badInputSaysWhatAndWhatToDo() {
    ExitCode code =
        report(LoupeException.badInput("a.gguf: bad magic at offset 0", "Fetch it again."), false);
    assertEquals(3, code.number());
    assertEquals("error: a.gguf: bad magic at offset 0\n       Fetch it again.\n", printed());
  }

  @Test
  void brokenBoundsExitWithFour() {
    assertEquals(4, report(LoupeException.resource("needs 9 GiB", "Raise it."), false).number());
  }

  @Test
  void messagesOfManyLinesBecomeOne() {
    report(LoupeException.badInput("first\n  second\r\nthird\n", "do\nthis"), false);
    assertEquals("error: first second third\n       do this\n", printed());
  }

  @Test
  void stackTracesAppearWithDebugOnly() {
    report(new IllegalStateException("broken"), false);
    assertFalse(printed().contains("\tat "), printed());
    report(new IllegalStateException("broken"), true);
    assertTrue(printed().contains("\tat dev.loupe"), printed());
  }

  @Test
  void defectsAskForAReport() {
    assertEquals(1, report(new IllegalStateException("broken"), false).number());
    assertTrue(printed().contains("--debug"), printed());
    assertEquals(2, printed().lines().count());
  }

  @Test
  void memoryThatRanOutIsAResource() {
    assertEquals(4, report(new OutOfMemoryError("Java heap space"), false).number());
  }

  @Test
  void fullDisksAreAResourceHoweverTheyArrive() {
    IOException full = new IOException("No space left on device");
    assertEquals(4, report(full, false).number());
    assertEquals(4, report(new UncheckedIOException(full), false).number());
  }

  @Test
  void missingFilesAreBadInput() {
    assertEquals(3, report(new NoSuchFileException("/no/such"), false).number());
    assertTrue(printed().contains("/no/such: no such file"), printed());
  }

  @Test
  void interruptionIsSilent() {
    assertEquals(130, report(new InterruptedException(), false).number());
    assertEquals("", printed());
  }
}
