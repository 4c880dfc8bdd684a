package dev.loupe.cli.models;

import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.hub.CachedModel;
import dev.loupe.hub.Hub;
import dev.loupe.hub.ShippedModels.Shipped;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe models list}. */
@Command(
    name = "list",
    header = "List the models on this machine: those that come with Loupe, and the cache.",
    footerHeading = "%nExamples:%n",
    footer = {"  loupe models list", "  loupe models list --json models.json"})
public final class ModelsListCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final JsonOption json = new JsonOption();

  ModelsListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    HubAccess access = new HubAccess(terminal);
    List<CachedModel> models;
    List<Shipped> shipped;
    List<Shipped> dictionaries;
    try (HubAccess.HubProgress progress = access.progress()) {
      Hub hub = access.open(progress);
      shipped = hub.shipped();
      dictionaries = hub.dictionaries();
      models = hub.list();
    }
    if (!json.takesStandardOutput()) {
      printShipped("WITH LOUPE", shipped);
      printShipped("DICTIONARY", dictionaries);
      print(models);
    }
    json.write(terminal, ModelsJson.models(shipped, dictionaries, models));
    return ExitCode.DONE.number();
  }

  private void printShipped(String heading, List<Shipped> models) {
    if (models.isEmpty()) {
      return;
    }
    int width =
        Math.max(
            heading.length(),
            models.stream().mapToInt(model -> model.name().length()).max().orElse(0));
    String row = "%-" + width + "s  %10s  %s%n";
    terminal.out().print(terminal.styled(Style.DIM, row.formatted(heading, "SIZE", "")));
    for (Shipped model : models) {
      terminal
          .out()
          .printf(row, model.name(), ProgressLine.bytes((double) model.bytes()), model.about());
    }
    terminal.out().println();
  }

  private void print(List<CachedModel> models) {
    if (models.isEmpty()) {
      terminal.out().println("No models in the cache. Fetch one with: loupe models pull NAME");
      return;
    }
    int width = models.stream().mapToInt(model -> model.name().length()).max().orElse(0);
    String row = "%-" + width + "s  %10s  %-10s  %s%n";
    terminal
        .out()
        .print(
            terminal.styled(Style.DIM, row.formatted("MODEL", "SIZE", "LAST USED", "REVISIONS")));
    for (CachedModel model : models) {
      terminal
          .out()
          .printf(
              row,
              model.name(),
              ProgressLine.bytes((double) model.bytes()),
              LocalDate.ofInstant(model.lastUsed(), ZoneId.systemDefault()),
              String.join(", ", model.revisions().stream().map(ModelsListCommand::name).toList()));
      notWhole(model).ifPresent(terminal.out()::println);
    }
  }

  /** Below a model that was fetched in part: what is missing, and what fetches it. */
  static Optional<String> notWhole(CachedModel model) {
    return model.gaps().isEmpty()
        ? Optional.empty()
        : Optional.of(
            "  fetched in part: %s; complete it with '%s'"
                .formatted(String.join("; ", model.gaps()), model.completedBy()));
  }

  private static String name(CachedModel.Revision revision) {
    String commit = Terminal.cut(revision.commit(), 9);
    return revision.refs().isEmpty() ? commit : String.join("/", revision.refs());
  }
}
