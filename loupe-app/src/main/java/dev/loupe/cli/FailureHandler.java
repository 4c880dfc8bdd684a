package dev.loupe.cli;

import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.RequestFields;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.Stopped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The one place that turns failures into what a person reads: one to four lines that say what is
 * wrong, where, and what to do. A stack trace appears with {@code --debug} only.
 */
final class FailureHandler implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private final Terminal terminal;
  private final BooleanSupplier debug;

  FailureHandler(Terminal terminal, BooleanSupplier debug) {
    this.terminal = terminal;
    this.debug = debug;
  }

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    if (e.getCause() instanceof OptionConverters.CannotBeWritten) {
      print(List.of(String.valueOf(e.getMessage())));
      return ExitCode.BAD_INPUT.number();
    }
    CommandLine commandLine = e.getCommandLine();
    String command = commandLine.getCommandSpec().qualifiedName();
    List<String> lines = new ArrayList<>();
    List<String> nearest = List.of();
    if (e instanceof UnmatchedArgumentException unmatched) {
      String typed = unmatched.getUnmatched().getFirst();
      Set<String> commands = commandLine.getSubcommands().keySet();
      if (unmatched.isUnknownOption()) {
        lines.add(command + " knows no option '%s'.".formatted(typed));
        nearest = NearestNames.to(typed, commandLine.getCommandSpec().optionsMap().keySet());
      } else if (commands.isEmpty()) {
        lines.add(command + " takes fewer arguments: '%s' is one too many.".formatted(typed));
        lines.add("Text with spaces needs quotes around it.");
      } else {
        lines.add(command + " knows no command '%s'.".formatted(typed));
        nearest = NearestNames.to(typed, commands);
      }
    } else {
      lines.add(e.getMessage());
    }
    if (!nearest.isEmpty()) {
      lines.add("Did you mean " + String.join(" or ", nearest) + "?");
    }
    lines.add("Run " + command + " --help to see what there is.");
    print(lines);
    return ExitCode.USAGE.number();
  }

  @Override
  public int handleExecutionException(
      Exception e, CommandLine commandLine, ParseResult fullParseResult) {
    return report(e).number();
  }

  /** Prints the failure and says how the command ends. */
  ExitCode report(Throwable failure) {
    if (debug.getAsBoolean()) {
      failure.printStackTrace(terminal.err());
    }
    return switch (failure) {
      case LoupeException e -> {
        print(List.of(e.getMessage(), e.remedy()));
        yield switch (e.kind()) {
          case BAD_INPUT -> ExitCode.BAD_INPUT;
          case RESOURCE -> ExitCode.RESOURCE;
        };
      }
      case Stopped stopped -> {
        stopped.saved().ifPresent(terminal.err()::println);
        yield ExitCode.INTERRUPTED;
      }
      case InterruptedException _, ClosedByInterruptException _ -> ExitCode.INTERRUPTED;
      case UncheckedIOException e -> reportIo(Objects.requireNonNull(e.getCause()));
      case IOException e -> reportIo(e);
      case OutOfMemoryError e -> {
        print(
            List.of(
                "out of memory: " + e.getMessage(),
                "Use a smaller model or a shorter prompt, or lower --max-memory."));
        yield ExitCode.RESOURCE;
      }
      default -> {
        print(
            List.of(
                "This is a bug in Loupe: " + failure,
                "Please run the command again with --debug and report what it prints."));
        yield ExitCode.DEFECT;
      }
    };
  }

  private ExitCode reportIo(IOException failure) {
    String where = failure instanceof FileSystemException e ? e.getFile() + ": " : "";
    String reason = FileFault.reason(failure);
    if (reason.contains("No space left on device") || reason.contains("Disk quota exceeded")) {
      print(List.of(where + reason, "Free some space, or choose a folder on another disk."));
      return ExitCode.RESOURCE;
    }
    print(
        List.of(
            where + reason,
            where.isEmpty()
                ? "Run again with --debug to see where it happened."
                : "Check the path and its permissions."));
    return ExitCode.BAD_INPUT;
  }

  private void print(List<String> lines) {
    String label = "error: ";
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      String prefix = text.isEmpty() ? terminal.styled(Style.FAILED, label) : "       ";
      text.append(prefix)
          .append(RequestFields.asOptions(line).strip().replaceAll("\\s*\\R\\s*", " "))
          .append('\n');
    }
    terminal.out().flush();
    terminal.err().print(text);
    terminal.err().flush();
  }
}
