package dev.loupe.cli;

import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Terminal;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code loupe completion bash|zsh}. */
@Command(
    name = "completion",
    header = "Print a script that completes Loupe's commands and options in your shell.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(loupe completion bash)",
      "  loupe completion zsh > ~/.loupe-completion.zsh   # then source it in ~/.zshrc"
    })
final class CompletionCommand implements Callable<Integer> {
  /** The shells there are scripts for. */
  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Terminal terminal;

  @Parameters(paramLabel = "SHELL", description = "Shell: ${COMPLETION-CANDIDATES}.")
  private Shell shell = Shell.BASH;

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    String script = AutoComplete.bash("loupe", new LoupeCommand(terminal).commandLine());
    if (shell == Shell.ZSH) {
      // The script is written for bash; zsh runs it once its emulation of bash completion is on.
      terminal.out().println("autoload -U +X compinit && compinit -u");
      terminal.out().println("autoload -U +X bashcompinit && bashcompinit");
    }
    terminal.out().print(script);
    return ExitCode.DONE.number();
  }
}
