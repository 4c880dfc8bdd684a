package dev.loupe.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What is wrong with a command line beyond what picocli finds by itself. */
public final class UsageError {
  private UsageError() {}

  /**
   * To be thrown.
   *
   * @param command as picocli has set it by the time a command runs
   */
  public static ParameterException of(@Nullable CommandSpec command, String message) {
    if (command == null) {
      throw new IllegalStateException("picocli sets the spec before it runs a command");
    }
    return new ParameterException(command.commandLine(), message);
  }
}
