package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.PlaceOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.format.DictionaryFiles;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe dictionary convert}. */
@Command(
    name = "convert",
    header = "Write a dictionary in another format.",
    description = {
      "",
      "Detects the format of FROM. Matrices keep their element type, except that npz has no"
          + " bfloat16. What the new format cannot express is refused. TO is written completely or"
          + " not at all."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe dictionary convert my-sae converted --format saelens",
      "  loupe dictionary convert layer_12/width_16k out --at resid_post.12 --format saelens",
      "  loupe dictionary convert my-plt my-clt --format circuit-tracer-clt --estimate"
    })
public final class DictionaryConvertCommand implements Callable<Integer> {
  private final Terminal terminal;

  /** The formats' names, for the help. */
  static final class Formats implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return DictionaryFiles.formats().iterator();
    }
  }

  @Parameters(index = "0", paramLabel = "FROM", description = "The dictionary's folder.")
  private Path from = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "TO",
      converter = OptionConverters.OutputFolder.class,
      description = "A new or empty folder.")
  private ResultFolder to = new ResultFolder(Path.of(""));

  @Option(
      names = "--format",
      paramLabel = "NAME",
      required = true,
      order = 1,
      completionCandidates = Formats.class,
      description = "Format to write: ${COMPLETION-CANDIDATES}.")
  private String format = "";

  @Mixin private final PlaceOption place = new PlaceOption();

  @Option(
      names = "--estimate",
      order = 20,
      description = "Print the size of the result; write nothing.")
  private boolean estimate;

  @Mixin private final JsonOption json = new JsonOption();

  DictionaryConvertCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Path target = to.path();
    try (Dictionary dictionary = place.open(from)) {
      DictionaryFiles.check(dictionary, target, format);
      long bytes = DictionaryFiles.bytes(dictionary, format);
      String size = ProgressLine.bytes((double) bytes);
      if (!estimate) {
        if (!terminal.quiet()) {
          terminal.err().printf("writing %s%n", size);
        }
        DictionaryFiles.write(dictionary, target, format);
      }
      if (!json.takesStandardOutput() && !terminal.quiet()) {
        terminal.out().printf(estimate ? "%s would take %s%n" : "Wrote %s, %s%n", target, size);
      }
      json.write(
          terminal,
          DictionaryJson.conversion(dictionary, target.toString(), format, bytes, !estimate));
    }
    return ExitCode.DONE.number();
  }
}
