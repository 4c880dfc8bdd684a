package dev.loupe.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --json FILE|-}: the result as JSON, in a file or instead of the text for people. */
public final class JsonOption {
  private static final String STANDARD_OUTPUT = "-";

  @Option(
      names = "--json",
      paramLabel = "FILE|-",
      order = 700,
      description = "Write the result as JSON: to a file, or with - to standard output alone.")
  private Optional<String> destination = Optional.empty();

  /** Whether standard output belongs to the JSON, so that text for people must stay away. */
  public boolean takesStandardOutput() {
    return destination.filter(STANDARD_OUTPUT::equals).isPresent();
  }

  /** Fails early if the file cannot be written; see {@link ResultFile#check}. */
  public void check() {
    file().ifPresent(ResultFile::check);
  }

  /** Writes the JSON where it was asked for, if it was. */
  public void write(Terminal terminal, String json) {
    if (takesStandardOutput()) {
      terminal.out().println(json);
    }
    file().ifPresent(file -> file.write(json + "\n"));
  }

  /** Whether anything was asked for. */
  public boolean isWanted() {
    return destination.isPresent();
  }

  private Optional<ResultFile> file() {
    return destination
        .filter(name -> !name.equals(STANDARD_OUTPUT))
        .map(name -> new ResultFile(Path.of(name)));
  }
}
