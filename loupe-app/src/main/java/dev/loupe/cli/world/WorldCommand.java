package dev.loupe.cli.world;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
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
public final class WorldCommand extends CommandGroup {
  public WorldCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new WorldGenerateCommand(terminal()))
        .addSubcommand(new WorldEvaluateCommand(terminal()));
  }
}
