package dev.loupe.cli.models;

import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.LocalModel;
import dev.loupe.hub.ModelReference;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code loupe models pull}. */
@Command(
    name = "pull",
    header = "Fetch a model from the hub, or bring it up to date.",
    description = {
      "Files in the cache are not fetched again; an interrupted download resumes.",
      "HF_TOKEN gives access to private models, HF_ENDPOINT selects another hub, HF_HUB_OFFLINE"
          + " forbids all downloads."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe models pull smollm2-135m-instruct",
      "  loupe models pull openai-community/gpt2@main",
      "  loupe models pull org/name:model-Q4_1.gguf --json -"
    })
public final class ModelsPullCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL", description = "The model's name on the hub.")
  private String model = "";

  @Mixin private final JsonOption json = new JsonOption();

  ModelsPullCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!(HubAccess.reference(model) instanceof ModelReference.Named named)) {
      throw LoupeException.badInput(
          model + " is a path, and only names are fetched", "Give a name such as org/name.");
    }
    HubAccess access = new HubAccess(terminal);
    LocalModel pulled;
    try (HubAccess.HubProgress progress = access.progress()) {
      pulled = access.open(progress).pull(named);
    }
    if (!json.takesStandardOutput()) {
      terminal.out().println(pulled.location());
    }
    json.write(terminal, ModelsJson.model(pulled));
    return ExitCode.DONE.number();
  }
}
