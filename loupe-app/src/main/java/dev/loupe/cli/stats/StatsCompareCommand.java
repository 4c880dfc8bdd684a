package dev.loupe.cli.stats;

import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Pairs;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loupe stats compare}. */
@Command(
    name = "compare",
    header = "Whether two rates differ, and by how much.",
    description = {
      "",
      "Rates of different items are compared as FIRST and SECOND. If both systems were tried on the"
          + " same items, count the pairs and give them with --paired: that is sharper."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe stats compare 56/70 48/80",
      "  loupe stats compare 0/164 7/164 --level 99%%",
      "  loupe stats compare --paired 36,12,2,0"
    })
final class StatsCompareCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private @Nullable CommandSpec command;

  @Parameters(
      paramLabel = "SUCCESSES/TRIALS",
      arity = "0..2",
      converter = StatsConverters.Fraction.class,
      description = "The two rates, such as 56/70 48/80.")
  private List<Counts> rates = List.of();

  @Option(
      names = "--paired",
      paramLabel = "BOTH,FIRST,SECOND,NEITHER",
      order = 1,
      converter = StatsConverters.FourCounts.class,
      description =
          "Counts of items at which both systems succeeded, the first alone, the second alone, and"
              + " neither.")
  private Optional<Pairs> pairs = Optional.empty();

  @Mixin private final LevelOption level = new LevelOption();
  @Mixin private final JsonOption json = new JsonOption();

  StatsCompareCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (pairs.isPresent() == !rates.isEmpty()) {
      throw UsageError.of(
          command, "Give two rates, such as 56/70 48/80, or the counts of pairs with --paired.");
    }
    if (pairs.isEmpty() && rates.size() != 2) {
      throw UsageError.of(
          command, "Give two rates, such as 56/70 48/80: one alone has none to be compared with.");
    }
    Comparison comparison =
        pairs
            .map(counted -> Comparison.of(counted, level.value()))
            .orElseGet(() -> Comparison.of(rates.getFirst(), rates.getLast(), level.value()));
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      comparison.show(lines);
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(terminal, StatsJson.of("comparison", comparison));
    return ExitCode.DONE.number();
  }
}
