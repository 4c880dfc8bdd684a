package dev.loupe.cli.features;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe features}: the table of contents of what can be asked of features. */
@Command(
    name = "features",
    header = "What does this feature mean?",
    description = {
      "",
      "Features are the MLP's neurons, or those of a --dictionary. 'index' reads a corpus once; 'show', 'search' and"
          + " 'label' look things up in the index that it makes. The others compare features by their directions and"
          + " by what they do on a text."
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe features index corpus.jsonl.gz --out store --model almanac-3m",
      "  loupe features show 2/141 --store store --model almanac-3m --html feature.html",
      "  loupe features match almanac-sae-2048 --basis almanac-sae-512",
      "  loupe features search --text \"The capital of France is\" --store store --model almanac-3m"
    })
public final class FeaturesCommand extends CommandGroup {
  public FeaturesCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new FeaturesIndexCommand(terminal()))
        .addSubcommand(new FeaturesShowCommand(terminal()))
        .addSubcommand(new FeaturesSearchCommand(terminal()))
        .addSubcommand(new FeaturesLabelCommand(terminal()))
        .addSubcommand(new FeaturesNeighboursCommand(terminal()))
        .addSubcommand(new FeaturesMatchCommand(terminal()))
        .addSubcommand(new FeaturesSplitCommand(terminal()))
        .addSubcommand(new FeaturesNeuronsCommand(terminal()))
        .addSubcommand(new FeaturesLawCommand(terminal()))
        .addSubcommand(new FeaturesConceptsCommand(terminal()))
        .addSubcommand(new FeaturesMapCommand(terminal()));
  }
}
