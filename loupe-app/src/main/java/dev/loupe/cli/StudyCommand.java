package dev.loupe.cli;

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
final class StudyCommand implements Runnable {
  private final Terminal terminal;

  StudyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** This command with its subcommands. */
  CommandLine commandLine() {
    return new CommandLine(this).addSubcommand(new StudyGreaterThanCommand(terminal));
  }

  @Override
  public void run() {
    Main.run(terminal, "study", "--help");
  }
}
