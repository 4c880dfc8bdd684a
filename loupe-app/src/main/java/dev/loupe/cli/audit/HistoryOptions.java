package dev.loupe.cli.audit;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of commands that compare a result with the last line of a file of earlier ones. */
final class HistoryOptions {
  @Option(
      names = "--history",
      paramLabel = "FILE",
      order = 10,
      description = "Compare with the last line of this file of earlier results.")
  private Optional<Path> file = Optional.empty();

  @Option(names = "--append", order = 11, description = "Add this result to the history.")
  private boolean append;

  @Option(
      names = "--when",
      paramLabel = "NAME",
      order = 12,
      defaultValue = "unnamed",
      description = "Name of this result in the history: a date, a version.")
  private String when = "";

  Optional<Path> file() {
    return file;
  }

  /** Whether the result is added. */
  boolean append() {
    return append;
  }

  String when() {
    return when;
  }
}
