package dev.loupe.cli.circuit;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe circuit}: the table of contents of what can be asked of circuits. */
@Command(
    name = "circuit",
    header = "Which features together do a task?",
    description = {
      "",
      "A circuit is a set of features that does a task by itself while all others are ablated. 'find' searches the"
          + " smallest and tests it on prompts that did not choose it. 'compare' asks whether other models do the task with"
          + " the same heads and MLPs."
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe circuit find indirect-object",
      "  loupe circuit find greater-than --basis almanac-plt --html circuit.html",
      "  loupe circuit compare induction --others almanac-3m,almanac-1m"
    })
public final class CircuitCommand extends CommandGroup {
  public CircuitCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new CircuitFindCommand(terminal()))
        .addSubcommand(new CircuitCompareCommand(terminal()));
  }
}
