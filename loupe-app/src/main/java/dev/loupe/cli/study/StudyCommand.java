package dev.loupe.cli.study;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe study}: the table of contents of whole studies. */
@Command(
    name = "study",
    header = "How does the model do a known task? A whole published study as one command.",
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe study greater-than",
      "  loupe study greater-than --html study.html",
    })
public final class StudyCommand extends CommandGroup {
  public StudyCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this).addSubcommand(new StudyGreaterThanCommand(terminal()));
  }
}
