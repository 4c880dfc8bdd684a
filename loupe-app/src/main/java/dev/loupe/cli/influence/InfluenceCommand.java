package dev.loupe.cli.influence;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe influence}: the table of contents of what can be asked of training documents. */
@Command(
    name = "influence",
    header = "Which training documents taught the model this?",
    description = {
      "",
      "Influence functions with EK-FAC curvature (Grosse et al. 2023). 'fit' reads the training"
          + " corpus once for the curvature; 'ask' scores every document of it for a completion."
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe world generate --seed 7 --out world",
      "  loupe influence fit world/corpus.jsonl.gz --out fit --model almanac-1m --share 0.05",
      "  loupe influence ask \"The capital of Ildavia is\" --fit fit --model almanac-1m"
    })
public final class InfluenceCommand extends CommandGroup {
  public InfluenceCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new InfluenceFitCommand(terminal()))
        .addSubcommand(new InfluenceAskCommand(terminal()))
        .addSubcommand(new InfluenceQuestionsCommand(terminal()))
        .addSubcommand(new InfluenceCompareCommand(terminal()))
        .addSubcommand(new InfluenceValidateCommand(terminal()));
  }
}
