package dev.loupe.cli.stats;

import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.LevelOption;
import dev.loupe.cli.option.RecordJson;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.FileFault;
import dev.loupe.outcomes.NumberColumn;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Mean;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe stats mean}. */
@Command(
    name = "mean",
    header = "The mean of a column of numbers, with the bootstrap's interval (BCa).",
    description = {
      "",
      "The file is CSV with a header or JSON lines, plain or as .gz. With --cluster whole clusters"
          + " are drawn: rows of one cluster may depend on each other."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe stats mean scores.csv --column loss",
      "  loupe stats mean runs.jsonl --column score --cluster item --level 99%%"
    })
final class StatsMeanCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";

  private final Terminal terminal;

  @Parameters(
      paramLabel = "FILE|-",
      description = "The table, plain or as .gz; with - from standard input.")
  private Path file = Path.of("");

  @Option(
      names = "--column",
      paramLabel = "COLUMN",
      order = 1,
      description = "Column of the numbers. Default: value.")
  private String column = "value";

  @Option(
      names = "--cluster",
      paramLabel = "COLUMN",
      order = 2,
      description = "Column of what rows may depend on each other by. Default: none.")
  private Optional<String> cluster = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      order = 3,
      description = "Seed of the resampling. Default: 0.")
  private long seed;

  @Mixin private final LevelOption level = new LevelOption();
  @Mixin private final JsonOption json = new JsonOption();

  StatsMeanCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * One method's interval.
   *
   * @param recommended whether it is the one to use
   */
  record Row(String label, boolean recommended, Estimate estimate) {}

  /**
   * All of it.
   *
   * @param clusters drawn from; the rows themselves without a column of clusters
   * @param standardDeviation of the clusters' means, where each counts alike
   */
  record Answer(
      String column,
      long rows,
      int clusters,
      double mean,
      double standardDeviation,
      long seed,
      int resamples,
      List<Row> methods) {}

  @Override
  public Integer call() {
    NumberColumn numbers = read();
    Estimate bca = Mean.bca(numbers.sums(), numbers.counts(), level.value(), seed);
    double[] means = new double[numbers.sums().length];
    Arrays.setAll(means, i -> numbers.sums()[i] / numbers.counts()[i]);
    List<Row> rows = new ArrayList<>(List.of(new Row("bootstrap, BCa", true, bca)));
    if (cluster.isEmpty()) {
      rows.add(new Row("bootstrap, percentile", false, Mean.bootstrap(means, level.value(), seed)));
      rows.add(new Row("normal distribution", false, Mean.of(means, level.value())));
    }
    Answer answer =
        new Answer(
            column,
            numbers.rows(),
            means.length,
            bca.value(),
            deviation(means),
            seed,
            Mean.RESAMPLES,
            rows);
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      show(answer, lines);
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(terminal, RecordJson.of("loupe.stats/1", "mean", answer));
    return ExitCode.DONE.number();
  }

  private NumberColumn read() {
    if (!file.equals(Path.of(STANDARD_INPUT))) {
      return NumberColumn.read(file, column, cluster);
    }
    String name = "standard input";
    try {
      return NumberColumn.read(terminal.in(), name, column, cluster);
    } catch (IOException e) {
      throw FileFault.cannotRead(name, e);
    }
  }

  private static double deviation(double[] values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return values.length < 2 ? Double.NaN : Math.sqrt(squares / (values.length - 1));
  }

  private void show(Answer answer, SummaryLines lines) {
    String percent = Figures.level(level.value());
    lines.wrapped(
        Style.BOLD,
        "",
        "%s: mean %s over %s %s, %s interval %s."
            .formatted(
                SummaryLines.printable(answer.column()),
                Figures.ratio(answer.mean()),
                Figures.count((double) answer.rows()),
                answer.rows() == 1 ? "row" : "rows",
                percent,
                interval(answer.methods().getFirst().estimate())));
    lines.blank();
    lines.head("%-30s%s".formatted("METHOD", percent + " INTERVAL"));
    for (Row row : answer.methods()) {
      lines.row(
          "%-30s%-28s%s"
              .formatted(
                  row.label(), interval(row.estimate()), row.recommended() ? "use this one" : "")
              .stripTrailing());
    }
    lines.blank();
    lines.wrapped(
        Style.DIM,
        "",
        String.format(
            Locale.ROOT,
            "%,d resamples of %,d %s, seed %d; standard deviation %s%s",
            answer.resamples(),
            answer.clusters(),
            cluster.isPresent() ? "clusters" : "rows",
            answer.seed(),
            Figures.ratio(answer.standardDeviation()),
            answer.clusters() < 20
                ? "; fewer than 20 to draw from: the bootstrap's interval is too narrow"
                : ""));
  }

  private static String interval(Estimate estimate) {
    return estimate.hasInterval()
        ? Figures.ratio(estimate.low()) + " to " + Figures.ratio(estimate.high())
        : "undefined: all values are equal";
  }
}
