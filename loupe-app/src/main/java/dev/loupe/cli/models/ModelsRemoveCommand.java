package dev.loupe.cli.models;

import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.hub.Removal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code loupe models remove}. */
@Command(
    name = "remove",
    header = "Remove a model, or one revision of it, from the cache.",
    description = "Files that another revision uses stay. A path is never removed.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe models remove openai-community/gpt2",
      "  loupe models remove org/name@1a2b3c4"
    })
public final class ModelsRemoveCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL", description = "A name that 'loupe models list' shows.")
  private String model = "";

  @Mixin private final JsonOption json = new JsonOption();

  ModelsRemoveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    HubAccess access = new HubAccess(terminal);
    Removal removal;
    try (HubAccess.HubProgress progress = access.progress()) {
      removal = access.open(progress).remove(HubAccess.reference(model));
    }
    if (!json.takesStandardOutput()) {
      String kept =
          removal.kept() == 0
              ? ""
              : "; " + ProgressLine.bytes((double) removal.kept()) + " stay for other revisions";
      terminal
          .out()
          .printf(
              "Removed %s: %s freed%s%n",
              model, ProgressLine.bytes((double) removal.bytes()), kept);
    }
    json.write(terminal, ModelsJson.removal(model, removal));
    return ExitCode.DONE.number();
  }
}
