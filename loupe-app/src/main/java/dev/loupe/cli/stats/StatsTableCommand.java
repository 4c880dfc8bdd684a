package dev.loupe.cli.stats;

import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.FileFault;
import dev.loupe.outcomes.ForestPage;
import dev.loupe.outcomes.ForestPlot;
import dev.loupe.outcomes.OutcomeColumns;
import dev.loupe.outcomes.OutcomeFile;
import dev.loupe.outcomes.OutcomeReport;
import dev.loupe.outcomes.OutcomeTally;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe stats table}. */
@Command(
    name = "table",
    header = "Rates and differences from a table of trials: CSV or JSON lines, one trial a line.",
    description = {
      "",
      "Columns: config (what was tried), category (optional), success (1 or 0, true or false, yes or"
          + " no), item (optional: the same item under two configs makes a pair), cluster (optional:"
          + " trials that depend on each other, such as repeated tries of one item).",
      "",
      "Every rate has its Wilson interval. Each config is compared with the baseline: in pairs where"
          + " both have the same items, within clusters where there are such, else as independent"
          + " trials; p-values are adjusted by Holm."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe stats table attacks.csv",
      "  loupe stats table attacks.csv --baseline none --html attacks.html --svg attacks.svg",
      "  loupe stats table runs.jsonl --config model --category task --success passed --item id",
      "  loupe stats table repeated.csv --cluster item    items that were tried several times"
    })
final class StatsTableCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";

  private final Terminal terminal;

  @Parameters(
      paramLabel = "FILE|-",
      description = "The table, plain or as .gz; with - from standard input.")
  private Path file = Path.of("");

  @Option(
      names = "--config",
      paramLabel = "COLUMN",
      order = 1,
      description = "Column of what was tried. Default: config.")
  private String config = OutcomeColumns.usual().config();

  @Option(
      names = "--category",
      paramLabel = "COLUMN",
      order = 2,
      description = "Column of the category. Default: category, where there is one.")
  private String category = OutcomeColumns.usual().category();

  @Option(
      names = "--success",
      paramLabel = "COLUMN",
      order = 3,
      description = "Column that says whether the trial succeeded. Default: success.")
  private String success = OutcomeColumns.usual().success();

  @Option(
      names = "--item",
      paramLabel = "COLUMN",
      order = 4,
      description = "Column of the item, for pairs. Default: item, where there is one.")
  private Optional<String> item = Optional.empty();

  @Option(
      names = "--cluster",
      paramLabel = "COLUMN",
      order = 5,
      description =
          "Column of what trials may depend on each other by. Default: cluster, where there is one.")
  private Optional<String> cluster = Optional.empty();

  @Option(
      names = "--baseline",
      paramLabel = "CONFIG",
      order = 6,
      description = "Config that the others are compared with. Default: the first of the file.")
  private Optional<String> baseline = Optional.empty();

  @Mixin private final LevelOption level = new LevelOption();
  @Mixin private final JsonOption json = new JsonOption();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      order = 701,
      converter = OptionConverters.Output.class,
      description = "Write a page with the forest plot and the table, in one file.")
  private Optional<ResultFile> html = Optional.empty();

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      order = 702,
      converter = OptionConverters.Output.class,
      description = "Write the forest plot alone.")
  private Optional<ResultFile> svg = Optional.empty();

  StatsTableCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    OutcomeColumns columns = new OutcomeColumns(config, category, success, item, cluster);
    OutcomeTally tally = new OutcomeTally();
    OutcomeReport report = tally.report(read(columns, tally), level.value(), baseline);
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      new OutcomeLines(report, terminal).show(lines);
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(terminal, StatsJson.of("table", report));
    html.ifPresent(page -> page.write(ForestPage.of(report)));
    svg.ifPresent(plot -> plot.write(ForestPlot.svg(report)));
    return ExitCode.DONE.number();
  }

  /** The name of what was read. */
  private String read(OutcomeColumns columns, OutcomeTally tally) {
    if (!file.equals(Path.of(STANDARD_INPUT))) {
      OutcomeFile.read(file, columns, tally::add);
      Path name = file.getFileName();
      return name == null ? file.toString() : name.toString();
    }
    String name = "standard input";
    try {
      OutcomeFile.read(terminal.in(), name, columns, tally::add);
    } catch (IOException e) {
      throw FileFault.cannotRead(name, e);
    }
    return name;
  }
}
