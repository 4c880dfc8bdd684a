package dev.loupe.cli.option;

import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --json FILE|-}: the result as JSON, in a file or instead of the text for people. */
public final class JsonOption {
  /** The name that means standard output. */
  static final String STANDARD_OUTPUT = "-";

  @Option(
      names = "--json",
      paramLabel = "FILE|-",
      order = 700,
      converter = OptionConverters.OutputOrStandard.class,
      description = "Write the result as JSON: to a file, or with - to standard output alone.")
  private Optional<ResultFile> destination = Optional.empty();

  /** Whether standard output belongs to the JSON, so that text for people must stay away. */
  public boolean takesStandardOutput() {
    return destination.map(ResultFile::path).filter(Path.of(STANDARD_OUTPUT)::equals).isPresent();
  }

  /** Writes the JSON to the requested file, if any, with the caveats of what was opened. */
  public void write(Terminal terminal, String result) {
    if (destination.isEmpty()) {
      return;
    }
    String json = terminal.caveats().into(result);
    if (takesStandardOutput()) {
      terminal.out().println(json);
    } else {
      destination.ifPresent(file -> file.write(json + "\n"));
    }
  }

  /** Whether anything was asked for. */
  public boolean isWanted() {
    return destination.isPresent();
  }
}
