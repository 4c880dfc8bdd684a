package dev.loupe.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe world}: the Almanac, a world where the answer is known. */
@Command(
    name = "world",
    header = "The Almanac: a generated world whose every fact is known.",
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe world generate --seed 7 --out almanac",
      "  loupe world evaluate --model ./my-model"
    })
final class WorldCommand implements Runnable {
  private final Terminal terminal;

  WorldCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** This command with its subcommands. */
  CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new WorldGenerateCommand(terminal))
        .addSubcommand(new WorldEvaluateCommand(terminal));
  }

  @Override
  public void run() {
    Main.run(terminal, "world", "--help");
  }
}
