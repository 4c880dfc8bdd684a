package dev.loupe.cli.dictionary;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe dictionary}: the table of contents of what can be done with dictionaries. */
@Command(
    name = "dictionary",
    header = "SAEs, transcoders and cross-layer transcoders: train, evaluate, describe, convert.",
    description = {
      "A dictionary is a folder in one of the field's formats: circuit-tracer (cross-layer and per-layer",
      "transcoders), SAELens, sparsify, Gemma Scope."
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe dictionary train corpus.jsonl.gz --model my-model --kind clt --out my-clt",
      "  loupe dictionary evaluate my-clt/features-2048 corpus.jsonl.gz --model my-model",
      "  loupe dictionary show my-clt --model gpt2",
      "  loupe dictionary convert my-sae converted --format saelens"
    })
public final class DictionaryCommand extends CommandGroup {
  public DictionaryCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new DictionaryTrainCommand(terminal()))
        .addSubcommand(new DictionaryEvaluateCommand(terminal()))
        .addSubcommand(new DictionaryShowCommand(terminal()))
        .addSubcommand(new DictionaryConvertCommand(terminal()));
  }
}
