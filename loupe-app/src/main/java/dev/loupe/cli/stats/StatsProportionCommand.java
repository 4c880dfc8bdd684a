package dev.loupe.cli.stats;

import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Coverage;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.JudgeError;
import dev.loupe.statistics.Proportion;
import dev.loupe.statistics.ProportionInterval;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loupe stats proportion}. */
@Command(
    name = "proportion",
    header = "The interval of one rate, by every method; Wilson's is the one to use.",
    description = {
      "",
      "COVERS is the exact probability, by a sum over the binomial, that the method's interval"
          + " contains the true rate if that is the observed one; it should be the level."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe stats proportion 48/50",
      "  loupe stats proportion 0/164 --level 99%%",
      "  loupe stats proportion 30/200 --sensitivity 47/50 --specificity 92/100",
      "  loupe stats proportion 3/1000000000 --json -"
    })
final class StatsProportionCommand implements Callable<Integer> {
  /** Sums over more results take longer than anyone waits for a table. */
  private static final long MOST_TRIALS_FOR_COVERAGE = 20_000;

  private final Terminal terminal;

  @Parameters(
      paramLabel = "SUCCESSES/TRIALS",
      converter = StatsConverters.Fraction.class,
      description = "Successes of trials, such as 48/50.")
  private Counts counts = new Counts(0, 1);

  @Spec private @Nullable CommandSpec command;

  @Mixin private final JudgeOptions judge = new JudgeOptions();
  @Mixin private final LevelOption level = new LevelOption();
  @Mixin private final JsonOption json = new JsonOption();

  StatsProportionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * One method's answer.
   *
   * @param uncut as the formula gives it, before it is cut at 0 and 1
   * @param coverage exact, at the observed rate; NaN at 0 and 1, and for very many trials
   */
  record Row(
      ProportionInterval method,
      String label,
      boolean recommended,
      Interval interval,
      Interval uncut,
      double coverage,
      String warning) {}

  /**
   * All of it.
   *
   * @param below with the level's confidence the rate is below this, exact and one-sided
   * @param above likewise above this
   * @param corrected without the judge's errors, where they are known
   */
  record Answer(
      long successes,
      long trials,
      double rate,
      double level,
      double below,
      double above,
      Optional<JudgeError.Corrected> corrected,
      List<Row> methods) {}

  @Override
  public Integer call() {
    Answer answer =
        new Answer(
            counts.successes(),
            counts.trials(),
            counts.share(),
            level.value(),
            Proportion.exactUpperLimit(counts, level.value()),
            Proportion.exactLowerLimit(counts, level.value()),
            judge.corrected(counts, level.value(), command),
            Arrays.stream(ProportionInterval.values()).map(this::row).toList());
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      show(answer, lines);
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(terminal, StatsJson.of("proportion", answer));
    return ExitCode.DONE.number();
  }

  private Row row(ProportionInterval method) {
    double share = counts.share();
    boolean canCover = share > 0 && share < 1 && counts.trials() <= MOST_TRIALS_FOR_COVERAGE;
    double coverage =
        canCover
            ? Coverage.of(method, (int) counts.trials(), share, level.value()).coverage()
            : Double.NaN;
    return new Row(
        method,
        method.label(),
        method == ProportionInterval.WILSON,
        method.of(counts, level.value()),
        method.uncut(counts, level.value()),
        coverage,
        warning(method).orElse(""));
  }

  private Optional<String> warning(ProportionInterval method) {
    if (method != ProportionInterval.WALD) {
      return method.leavesUnitInterval(counts, level.value())
          ? Optional.of("the formula leaves 0 to 1 and was cut")
          : Optional.empty();
    }
    if (method.of(counts, level.value()).width() == 0) {
      return Optional.of("no width at all: never use it");
    }
    return Optional.of(
        method.leavesUnitInterval(counts, level.value())
            ? "goes to %s, was cut: never use it".formatted(beyond())
            : "covers too little for few trials or rare events: never use it");
  }

  private String beyond() {
    Interval uncut = ProportionInterval.WALD.uncut(counts, level.value());
    return Figures.percent(uncut.low() < 0 ? uncut.low() : uncut.high());
  }

  private void show(Answer answer, SummaryLines lines) {
    String percent = Figures.level(answer.level());
    Row first = answer.methods().getFirst();
    lines.wrapped(
        Style.BOLD,
        "",
        "%s of %s: %s, %s interval %s (Wilson)."
            .formatted(
                Figures.count((double) answer.successes()),
                Figures.count((double) answer.trials()),
                Figures.percent(answer.rate()),
                percent,
                Figures.percent(first.interval())));
    if (answer.successes() == 0 || answer.successes() == answer.trials()) {
      lines.wrapped(
          Style.PLAIN,
          "",
          answer.successes() == 0
              ? "With %s confidence the rate is below %s (exact, one-sided)."
                  .formatted(percent, Figures.percent(answer.below()))
              : "With %s confidence the rate is above %s (exact, one-sided)."
                  .formatted(percent, Figures.percent(answer.above())));
    }
    answer
        .corrected()
        .ifPresent(corrected ->
            lines.wrapped(
                Style.BOLD,
                "",
                "Without the judge's errors: %s, %s interval %s (Rogan-Gladen, Lang-Reiczigel)."
                    .formatted(
                        Figures.percent(corrected.share()),
                        percent,
                        Figures.percent(corrected.langReiczigel()))));
    lines.blank();
    boolean covers = answer.methods().stream().anyMatch(row -> !Double.isNaN(row.coverage()));
    lines.head(
        "%-30s%-24s%8s  %s"
            .formatted("METHOD", percent + " INTERVAL", "WIDTH", covers ? "COVERS" : "")
            .stripTrailing());
    for (Row row : answer.methods()) {
      String figures =
          "%-30s%-24s%8s  %-8s"
              .formatted(
                  row.label(),
                  Figures.percent(row.interval()),
                  Figures.percent(row.interval().width()),
                  Double.isNaN(row.coverage()) ? "" : Figures.percent(row.coverage()));
      if (row.recommended()) {
        lines.styled("", figures, "  use this one");
      } else {
        boolean isWald = row.method() == ProportionInterval.WALD;
        String note = row.warning().isEmpty() ? "" : "  " + row.warning();
        lines.row(
            (isWald
                    ? terminal.styled(Style.NEGATIVE, figures + note)
                    : figures + terminal.styled(Style.DIM, note))
                .stripTrailing());
      }
    }
  }
}
