package dev.loupe.cli.option;

import dev.loupe.cli.terminal.Terminal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that has subcommands only: by itself it prints their table of contents. */
public abstract class CommandGroup implements Runnable {
  private final Terminal terminal;

  @Spec private @Nullable CommandSpec command;

  protected CommandGroup(Terminal terminal) {
    this.terminal = terminal;
  }

  protected final Terminal terminal() {
    return terminal;
  }

  @Override
  public final void run() {
    if (command != null) {
      terminal.out().print(command.commandLine().getUsageMessage());
    }
  }
}
