package dev.loupe.cli.stats;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe stats}: the table of contents of the statistics of counted trials. */
@Command(
    name = "stats",
    header = "Success rates and their differences, with honest intervals.",
    description = {
      "A rate without an interval says less than it seems to: 48 of 50 may be 86%% or 99%%.",
      "No model is needed; which method serves when is explained in docs/statistics.md."
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe stats proportion 48/50",
      "  loupe stats compare 56/70 48/80",
      "  loupe stats compare --paired 36,12,2,0",
      "  loupe stats mean scores.csv --column loss",
      "  loupe stats plan --width 5%% --share 90%%",
      "  loupe stats table attacks.csv --baseline none --html attacks.html"
    })
public final class StatsCommand extends CommandGroup {
  public StatsCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new StatsProportionCommand(terminal()))
        .addSubcommand(new StatsCompareCommand(terminal()))
        .addSubcommand(new StatsMeanCommand(terminal()))
        .addSubcommand(new StatsPlanCommand(terminal()))
        .addSubcommand(new StatsTableCommand(terminal()));
  }
}
