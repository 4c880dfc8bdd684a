package dev.loupe.cli.stats;

import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.statistics.Planning;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code loupe stats plan}. */
@Command(
    name = "plan",
    header = "How many trials an answer takes, or what a number of trials can show.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe stats plan --width 5%% --share 90%%     trials for an interval of 5 points in all",
      "  loupe stats plan --rates 60%%,50%%           trials per config to tell these rates apart",
      "  loupe stats plan --rates 5%%,10%% --trials 300   the power that 300 trials each have",
      "  loupe stats plan --discordant 15%% --difference 3%%   items for a comparison in pairs"
    })
final class StatsPlanCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--width",
      paramLabel = "SHARE",
      order = 1,
      converter = StatsConverters.Inner.class,
      description = "Wanted width of the interval from end to end, such as 0.05 or 5%%.")
  private Optional<Double> width = Optional.empty();

  @Option(
      names = "--share",
      paramLabel = "SHARE",
      order = 2,
      converter = StatsConverters.Share.class,
      description = "With --width: the rate to expect. Default: 50%%, the worst case.")
  private double share = 0.5;

  @Option(
      names = "--rates",
      paramLabel = "SHARE",
      split = ",",
      order = 3,
      converter = StatsConverters.Share.class,
      description = "The two rates to tell apart, such as 60%%,50%%.")
  private List<Double> rates = List.of();

  @Option(
      names = "--trials",
      paramLabel = "COUNT",
      split = ",",
      order = 4,
      converter = OptionConverters.Count.class,
      description = "With --rates: the trials of both, or of each; prints the power they have.")
  private List<Integer> trials = List.of();

  @Option(
      names = "--discordant",
      paramLabel = "SHARE",
      order = 5,
      converter = StatsConverters.Inner.class,
      description =
          "For a comparison in pairs: the share of items at which one system alone succeeds.")
  private Optional<Double> discordant = Optional.empty();

  @Option(
      names = "--difference",
      paramLabel = "SHARE",
      order = 6,
      converter = StatsConverters.Inner.class,
      description = "With --discordant: the difference of the two rates to be shown.")
  private Optional<Double> difference = Optional.empty();

  @Option(
      names = "--power",
      paramLabel = "SHARE",
      order = 7,
      converter = StatsConverters.Inner.class,
      description = "Wanted probability to find the difference. Default: 80%%.")
  private double power = 0.8;

  @Mixin private final LevelOption level = new LevelOption();
  @Mixin private final JsonOption json = new JsonOption();

  StatsPlanCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** One figure of a plan. */
  record Figure(String what, double value) {}

  /** What was asked, what comes out, and how it is meant. */
  record Plan(String question, double level, List<Figure> figures, List<String> notes) {}

  @Override
  public Integer call() {
    long asked =
        Stream.of(width.isPresent(), !rates.isEmpty(), discordant.isPresent())
            .filter(Boolean::booleanValue)
            .count();
    if (asked != 1) {
      throw UsageError.of(command, "Give one of --width, --rates and --discordant.");
    }
    Plan plan =
        width.isPresent()
            ? widthPlan(width.get())
            : discordant.isPresent() ? pairedPlan(discordant.get()) : ratesPlan();
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      lines.wrapped(Style.BOLD, "", plan.question());
      lines.blank();
      plan.figures().forEach(each -> lines.row("  %14s  %s".formatted(text(each), each.what())));
      plan.notes()
          .forEach(note -> {
            lines.blank();
            lines.wrapped(Style.DIM, "", note);
          });
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(terminal, StatsJson.of("plan", plan));
    return ExitCode.DONE.number();
  }

  private static String text(Figure figure) {
    return figure.value() < 1 ? Figures.percent(figure.value()) : Figures.count(figure.value());
  }

  private Plan widthPlan(double wanted) {
    return new Plan(
        "Trials for a %s interval that is %s wide in all:"
            .formatted(Figures.level(level.value()), Figures.percent(wanted)),
        level.value(),
        List.of(
            new Figure(
                "if the rate comes out at %s (Wilson)".formatted(Figures.percent(share)),
                (double) Planning.trialsForWidth(share, wanted, level.value())),
            new Figure(
                "whatever the rate comes out at (Wilson)",
                (double) Planning.trialsForWidthWhateverComesOut(wanted, level.value())),
            new Figure(
                "by the textbook's formula for Wald's interval, not to be used",
                Math.ceil(Planning.trialsForWaldWidth(share, wanted, level.value())))),
        List.of());
  }

  private Plan pairedPlan(double ofItems) {
    double apart =
        difference.orElseThrow(
            () -> UsageError.of(command, "--discordant needs the difference: --difference 3%."));
    if (apart > ofItems) {
      throw UsageError.of(
          command,
          "--difference cannot be greater than --discordant: every item of the difference is one at"
              + " which one system alone succeeds.");
    }
    double alpha = 1 - level.value();
    return new Plan(
        "Items for a comparison in pairs that finds %s points with a probability of %s:"
            .formatted(Figures.points(apart), Figures.percent(power)),
        level.value(),
        List.of(
            new Figure(
                "items, both systems tried on each (Connor 1987)",
                Math.ceil(Planning.pairedItems(ofItems, apart, power, alpha)))),
        List.of("A normal approximation; two-sided at %s.".formatted(Figures.p(alpha))));
  }

  private Plan ratesPlan() {
    if (rates.size() != 2 || rates.getFirst().equals(rates.getLast())) {
      throw UsageError.of(command, "--rates takes two different rates, such as 60%,50%.");
    }
    double p1 = rates.getFirst();
    double p2 = rates.getLast();
    double alpha = 1 - level.value();
    String both = "%s and %s".formatted(Figures.percent(p1), Figures.percent(p2));
    if (trials.isEmpty()) {
      double each = Planning.trialsPerGroup(p1, p2, power, alpha);
      return new Plan(
          "Trials to tell %s apart with a probability of %s:"
              .formatted(both, Figures.percent(power)),
          level.value(),
          List.of(new Figure("trials of each of the two", Math.ceil(each - 1e-9))),
          List.of(
              "A normal approximation of the pooled z-test, two-sided at %s. On the same items a"
                      .formatted(Figures.p(alpha))
                  + " comparison in pairs needs fewer: --discordant."));
    }
    if (trials.size() > 2) {
      throw UsageError.of(command, "--trials takes one count or two, such as 300 or 300,150.");
    }
    int n1 = trials.getFirst();
    int n2 = trials.getLast();
    List<Figure> figures = new ArrayList<>();
    OptionalDouble exact = Planning.exactPower(p1, p2, n1, n2, alpha);
    exact.ifPresent(value -> figures.add(new Figure("power of the pooled z-test, exact", value)));
    figures.add(
        new Figure("power by the normal approximation", Planning.power(p1, p2, n1, n2, alpha)));
    return new Plan(
        "How probably %s trials tell %s apart, two-sided at %s:"
            .formatted(
                n1 == n2 ? Figures.count(n1) + " + as many" : n1 + " + " + n2,
                both,
                Figures.p(alpha)),
        level.value(),
        figures,
        exact.isPresent()
            ? List.of()
            : List.of("The exact power is left out for more than 100 million possible results."));
  }
}
