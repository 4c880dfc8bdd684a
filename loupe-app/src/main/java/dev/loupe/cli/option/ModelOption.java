package dev.loupe.cli.option;

import dev.loupe.hub.ShippedModels;
import picocli.CommandLine.Option;

/** {@code --model MODEL}: the model that a command looks at. */
public final class ModelOption {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      order = 2,
      description = "Model: a name, folder or file (default: ${DEFAULT-VALUE}).")
  private String name = ShippedModels.DEFAULT;

  /** The name, folder or file. */
  public String name() {
    return name;
  }
}
