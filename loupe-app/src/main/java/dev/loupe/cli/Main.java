package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.RequestFields;
import dev.loupe.cli.terminal.StandardOutput;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.LoupeException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import picocli.CommandLine;

/** The process behind {@code ./loupe}. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its {@link ExitCode}. */
  public static void main(String[] arguments) {
    StandardOutput standardOutput = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    PrintStream out = new PrintStream(new BufferedOutputStream(standardOutput), false, UTF_8);
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8);
    Terminal terminal = Terminal.of(System.in, out, err, System.getProperties(), System.getenv());
    int exitCode = run(terminal, arguments);
    out.flush();
    Optional<IOException> failure = standardOutput.failure();
    if (exitCode == ExitCode.DONE.number() && failure.isPresent()) {
      exitCode =
          new FailureHandler(terminal, () -> false)
              .report(
                  LoupeException.resource(
                      "standard output: " + failure.get().getMessage(),
                      "Free some space or write somewhere else."))
              .number();
    }
    System.exit(exitCode);
  }

  /**
   * Runs one command in this process.
   *
   * @return the number of its {@link ExitCode}
   */
  public static int run(Terminal terminal, String... arguments) {
    LoupeCommand root = new LoupeCommand(terminal);
    FailureHandler failures = new FailureHandler(terminal, root::debug);
    CommandLine commandLine =
        root.commandLine(arguments)
            .setParameterExceptionHandler(failures)
            .setExecutionExceptionHandler(failures);
    try {
      int exitCode = commandLine.execute(arguments);
      boolean hasResult =
          exitCode == ExitCode.DONE.number() || exitCode == ExitCode.EVIDENCE_FAILED.number();
      if (hasResult && !terminal.quiet()) {
        sayCaveats(terminal);
      }
      return exitCode;
    } catch (Error e) {
      return failures.report(e).number();
    } finally {
      terminal.out().flush();
    }
  }

  /** After the result, and beside it: what is piped on is the result alone. */
  private static void sayCaveats(Terminal terminal) {
    terminal.out().flush();
    SummaryLines lines = new SummaryLines(terminal);
    terminal
        .caveats()
        .unsaid()
        .forEach(caveat -> lines.wrapped(Style.DIM, "! caveat  ", RequestFields.asOptions(caveat)));
    lines.lines().forEach(terminal.err()::println);
  }
}
