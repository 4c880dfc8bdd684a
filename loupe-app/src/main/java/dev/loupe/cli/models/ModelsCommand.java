package dev.loupe.cli.models;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe models}: the table of contents of what can be done with models. */
@Command(
    name = "models",
    header = "Pull, list, describe, run and remove models.",
    description = {
      "A model is named org/name, org/name@revision or org/name:file.gguf, or by the path of a",
      "folder or a GGUF file. Models lie in the Hugging Face cache (HF_HUB_CACHE, HF_HOME)."
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe models list",
      "  loupe models pull HuggingFaceTB/SmolLM2-135M-Instruct",
      "  loupe models show smollm2-135m-instruct",
      "  loupe models run smollm2-135m-instruct \"What is gravity?\""
    })
public final class ModelsCommand extends CommandGroup {
  public ModelsCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new ModelsPullCommand(terminal()))
        .addSubcommand(new ModelsListCommand(terminal()))
        .addSubcommand(new ModelsShowCommand(terminal()))
        .addSubcommand(new ModelsRunCommand(terminal()))
        .addSubcommand(new ModelsRemoveCommand(terminal()));
  }
}
