package dev.loupe.cli.audit;

import dev.loupe.audit.AnswerMatch;
import dev.loupe.audit.ConfidenceTarget;
import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.ServerOptions;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.AskModel;
import dev.loupe.instrument.audit.AskModelReport;
import dev.loupe.instrument.audit.AskModelReport.Change;
import dev.loupe.instrument.audit.AskModelReport.Step;
import dev.loupe.instrument.audit.AskModelRequest;
import dev.loupe.instrument.audit.Probe;
import dev.loupe.instrument.audit.ProbeSets;
import dev.loupe.outcomes.Markup;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code loupe audit ask}. */
@Command(
    name = "ask",
    header = "Ask a live model with and without confidence targets: does it abstain?",
    description = {
      "",
      "Behavioural calibration (Kalai et al. 2025): the same questions without a target, then with"
          + " each target stated in the instruction. Does the accuracy of what it answers reach the"
          + " target, and does abstention rise with it?"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe audit ask --model smollm2 --probes letters --samples 3",
      "  loupe audit ask --questions questions.csv --match normalised --target 0.5,0.9 --stated",
      "  loupe audit ask --server http://localhost:8000/v1 --api-model qwen3 --probes birthdays,letters --max-calls 500"
    })
final class AuditAskCommand extends InstrumentCommand<AskModelRequest, AskModelReport> {
  private static final int SHOWN = 8;

  @Option(
      names = "--probes",
      paramLabel = "SET",
      split = ",",
      order = 1,
      description = "Questions that stand in Loupe: birthdays, letters, dissertations.")
  private List<String> sets = new ArrayList<>();

  @Option(
      names = "--questions",
      paramLabel = "FILE",
      order = 2,
      description =
          "A table of questions, CSV or JSON lines: question, target (several separated by |; empty"
              + " where nobody could know), id, category.")
  private Optional<Path> questions = Optional.empty();

  @Option(
      names = "--match",
      paramLabel = "HOW",
      order = 3,
      description =
          "How answers to --questions are compared: exact, normalised, contained (default) or"
              + " numeric.")
  private AnswerMatch.Kind match = AnswerMatch.Kind.CONTAINED;

  @Option(
      names = "--target",
      paramLabel = "T",
      split = ",",
      order = 4,
      converter = OptionConverters.ShareFromZero.class,
      description = "Targets to state, rising, above 0. Default: 0.5,0.75,0.9.")
  private List<Double> targets = ConfidenceTarget.USUAL;

  @Option(
      names = "--samples",
      paramLabel = "N",
      order = 5,
      defaultValue = "1",
      converter = OptionConverters.Count.class,
      description = "Answers to each question under each instruction (default: 1).")
  private int samples;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      order = 6,
      defaultValue = "1",
      description = "Of the samples; 0 takes the likeliest token (default: 1).")
  private double temperature;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      order = 7,
      defaultValue = "64",
      converter = OptionConverters.Count.class,
      description = "Tokens of an answer, at most (default: 64).")
  private int mostTokens;

  @Option(
      names = "--plain",
      order = 8,
      description = "Give the question as plain text to go on with, not as a conversation.")
  private boolean plain;

  @Option(names = "--stated", order = 9, description = "Ask the model to state its confidence too.")
  private boolean stated;

  @Option(
      names = "--max-calls",
      paramLabel = "N",
      order = 33,
      converter = OptionConverters.Count.class,
      description = "Refuse to ask for more answers than this.")
  private Optional<Integer> maxCalls = Optional.empty();

  @Option(
      names = "--instruction",
      paramLabel = "TEXT",
      order = 10,
      description =
          "States a target in other words than the paper's; {target}, {percent} and {points} are"
              + " filled in.")
  private String instruction = ConfidenceTarget.SENTENCE;

  @Option(
      names = "--system",
      order = 11,
      description = "Give the instruction as a system message, not added to the question.")
  private boolean system;

  @Mixin private final ServerOptions server = new ServerOptions();

  AuditAskCommand(Terminal terminal) {
    super(new AskModel(), terminal);
  }

  @Override
  protected Optional<ServerOptions> server() {
    return Optional.of(server);
  }

  @Override
  protected AskModelRequest request(Subject subject) {
    List<Probe> probes = new ArrayList<>();
    sets.forEach(set -> probes.addAll(ProbeSets.named(set)));
    questions.ifPresent(file -> probes.addAll(ProbeSets.read(file, match)));
    if (probes.isEmpty()) {
      throw LoupeException.badInput(
          "no question was given",
          "Name a set with --probes (%s), or a file with --questions."
              .formatted(String.join(", ", ProbeSets.NAMES)));
    }
    return new AskModelRequest(
        probes,
        targets,
        instruction,
        system,
        samples,
        temperature,
        mostTokens,
        !plain,
        stated,
        maxCalls.map(OptionalInt::of).orElse(OptionalInt.empty()));
  }

  @Override
  protected void show(Finding<AskModelReport> finding, SummaryLines lines) {
    AskModelReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    lines.blank();
    lines.head(
        "%-8s%7s%7s%11s  %-22s%-12s%s"
            .formatted("TARGET", "RIGHT", "WRONG", "ABSTAINED", "ACCURACY", "REACHES IT", "SCORE"));
    for (Step step : report.steps()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "%-8s%7d%7d%11d  %-22s%-12s%+.3f",
              step.target() == 0 ? "none" : String.valueOf(step.target()),
              step.counts().right(),
              step.counts().wrong(),
              step.counts().abstained(),
              rate(step.accuracy()),
              step.target() == 0 ? "" : verdict(step),
              step.score()));
    }
    lines.blank();
    for (Change change : report.changes()) {
      lines.row(
          "  from %s to %s: %d stopped answering, %d began; McNemar p %s"
              .formatted(
                  change.from(),
                  change.to(),
                  change.stopped(),
                  change.began(),
                  Markup.p(change.p())));
    }
    lines.row(
        Double.isNaN(report.trend())
            ? "  abstention does not vary with the target"
            : String.format(
                Locale.ROOT,
                "  trend of abstention over targets: z = %.2f, p %s",
                report.trend(),
                Markup.p(report.trendP())));
    Step last = report.steps().getLast();
    lines.row(
        "  at the highest target %d questions were left that it answered without one; %d of them it had right"
            .formatted(last.abstainedFromAnswered(), last.abstainedFromRight()));
    samples(report, lines);
    lines.heading("Answers", "without a target; --json has all");
    report.asked().stream()
        .limit(SHOWN)
        .forEach(each ->
            lines.wrapped(
                Style.DIM,
                "  ",
                SummaryLines.printable(
                    "%s → %s (%s)"
                        .formatted(
                            each.question(),
                            each.answers().getFirst(),
                            each.grades().getFirst().name().toLowerCase(Locale.ROOT)))));
  }

  private static void samples(AskModelReport report, SummaryLines lines) {
    for (Step step : report.steps()) {
      String target = step.target() == 0 ? "none" : String.valueOf(step.target());
      if (!Double.isNaN(step.agreement())) {
        lines.row(
            String.format(
                Locale.ROOT,
                "  target %s: %.2f of %d samples agree with the first, AUROC %.2f",
                target,
                step.agreement(),
                report.samples(),
                step.agreementAuroc()));
      }
      if (!Double.isNaN(step.statedConfidence())) {
        lines.row(
            String.format(
                Locale.ROOT,
                "  target %s: stated confidence %.2f on average, calibration error %.2f",
                target,
                step.statedConfidence(),
                step.statedError()));
      }
    }
  }

  private static String verdict(Step step) {
    return switch (step.verdict()) {
      case MEETS -> "yes";
      case FAILS -> "no";
      case UNDECIDED -> "undecided";
      case NO_ANSWERS -> "no answer";
    };
  }

  private static String rate(Estimate rate) {
    return Double.isNaN(rate.value()) ? "undefined" : Markup.percent(rate);
  }
}
