package dev.loupe.cli.models;

import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.CachedModel;
import dev.loupe.hub.ModelDetails;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code loupe models show}. */
@Command(
    name = "show",
    header = "Describe a model on this machine: its files, size and hash.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe models show smollm2-135m-instruct",
      "  loupe models show ./my-model --json -"
    })
public final class ModelsShowCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL", description = "A name, a folder or a file.")
  private String model = "";

  @Mixin private final JsonOption json = new JsonOption();

  ModelsShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    HubAccess access = new HubAccess(terminal);
    ModelDetails details;
    try (HubAccess.HubProgress progress = access.progress()) {
      details = access.open(progress).show(HubAccess.reference(model));
    }
    note(details);
    if (!json.takesStandardOutput()) {
      print(details);
    }
    json.write(terminal, ModelsJson.details(details));
    return ExitCode.DONE.number();
  }

  /** Of a model that opens; for one that does not, its files are all there is to describe. */
  private void note(ModelDetails details) {
    try (Transformer model =
        ModelLoader.transformer(details.model().location(), new LoadOptions(DType.F32, 0))) {
      terminal.caveats().note(model.weights().notes());
    } catch (LoupeException _) {
      return;
    }
  }

  private void print(ModelDetails details) {
    field("name", details.model().name());
    field("revision", details.model().revision());
    field("location", details.model().location().toString());
    field("sha256", details.id().sha256());
    details.architecture().ifPresent(name -> field("architecture", name));
    details
        .parameters()
        .ifPresent(count -> field("parameters", String.format(Locale.ROOT, "%,d", count)));
    terminal.out().println();
    for (CachedModel.CachedFile file : details.files()) {
      terminal.out().printf("%10s  %s%n", ProgressLine.bytes((double) file.bytes()), file.name());
    }
  }

  private void field(String name, String value) {
    terminal.out().printf("%s %s%n", terminal.styled(Style.DIM, "%-13s".formatted(name)), value);
  }
}
