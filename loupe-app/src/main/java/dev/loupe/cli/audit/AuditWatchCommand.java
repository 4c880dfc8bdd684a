package dev.loupe.cli.audit;

import dev.loupe.audit.AnswerMatch;
import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.ServerOptions;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.WatchAnswers;
import dev.loupe.instrument.audit.WatchReport;
import dev.loupe.instrument.audit.WatchReport.Change;
import dev.loupe.instrument.audit.WatchReport.Since;
import dev.loupe.instrument.audit.WatchReport.WatchedAnswer;
import dev.loupe.instrument.audit.WatchRequest;
import dev.loupe.instrument.audit.Watched;
import dev.loupe.outcomes.Markup;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe audit watch}. */
@Command(
    name = "watch",
    header = "Watch answers that matter: how likely they are, and what has changed.",
    description = {
      "",
      "For each prompt and answer of a table: the probability of the answer, the share of samples"
          + " that give it and how far they agree, and the change since the last run in the"
          + " history. The exit code is 5 if a probability moved by more than --tolerance, or a"
          + " share of samples changed beyond its interval."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe audit watch important.csv --model smollm2",
      "  loupe audit watch important.csv --model smollm2 --history runs.jsonl --when 2026-11"
          + " --append",
      "  loupe audit watch important.csv --server http://localhost:8000/v1 --api-model qwen3"
          + " --history runs.jsonl --append"
    })
final class AuditWatchCommand extends InstrumentCommand<WatchRequest, WatchReport> {
  private static final int MOST_ROWS = 40;

  @Parameters(
      paramLabel = "FILE",
      description =
          "A table, CSV or JSON lines: prompt, answer (several separated by |, the first of which"
              + " is scored), id.")
  private Path file = Path.of("");

  @Option(
      names = "--match",
      paramLabel = "HOW",
      order = 1,
      description =
          "How samples are compared with the answers: exact, normalised, contained (default) or"
              + " numeric.")
  private AnswerMatch.Kind match = AnswerMatch.Kind.CONTAINED;

  @Option(
      names = "--samples",
      paramLabel = "N",
      order = 2,
      defaultValue = "20",
      converter = OptionConverters.Count.class,
      description = "Samples of each prompt (default: 20).")
  private int samples;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      order = 3,
      defaultValue = "1",
      description = "Temperature of the samples (default: 1).")
  private double temperature;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      order = 4,
      defaultValue = "32",
      converter = OptionConverters.Count.class,
      description = "Tokens of a sample, at most (default: 32).")
  private int mostTokens;

  @Option(
      names = "--plain",
      order = 5,
      description =
          "Give the prompt as plain text to go on with, not as a conversation; the first line"
              + " counts.")
  private boolean plain;

  @Option(
      names = "--tolerance",
      paramLabel = "P",
      order = 6,
      defaultValue = "0.05",
      converter = OptionConverters.ShareFromZero.class,
      description = "Least difference of a probability that counts as a change (default: 0.05).")
  private double tolerance;

  @Mixin private final HistoryOptions history = new HistoryOptions();

  @Option(
      names = "--max-calls",
      paramLabel = "N",
      order = 33,
      converter = OptionConverters.Count.class,
      description = "Refuse to ask more questions than this.")
  private Optional<Integer> maxCalls = Optional.empty();

  @Mixin private final ServerOptions server = new ServerOptions();

  private List<Watched> watched = List.of();

  AuditWatchCommand(Terminal terminal) {
    super(new WatchAnswers(), terminal);
  }

  @Override
  protected Optional<ServerOptions> server() {
    return Optional.of(server);
  }

  @Override
  protected void read() {
    watched = Watched.read(file);
  }

  @Override
  protected WatchRequest request(Subject subject) {
    return new WatchRequest(
        watched,
        match,
        samples,
        temperature,
        mostTokens,
        !plain,
        tolerance,
        history.file(),
        history.append(),
        history.when(),
        maxCalls.map(OptionalInt::of).orElse(OptionalInt.empty()));
  }

  @Override
  protected void show(Finding<WatchReport> finding, SummaryLines lines) {
    WatchReport report = finding.answer();
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    report.since().ifPresent(since -> since(since, lines));
    lines.blank();
    lines.head(
        "%-14s%9s%9s  %-24s%-8s%-10s%s"
            .formatted("ID", "PROB", "BEFORE", "SAMPLES", "ENTROPY", "LIKELIEST", "ANSWER"));
    // What changed first, then what is least sure.
    List<WatchedAnswer> sorted =
        report.watched().stream()
            .sorted(
                Comparator.comparingInt((WatchedAnswer each) -> isAlarm(each) ? 0 : 1)
                    .thenComparingDouble(each -> each.right().value()))
            .toList();
    for (WatchedAnswer each : sorted.subList(0, Math.min(MOST_ROWS, sorted.size()))) {
      lines.row(row(each));
      each.change().filter(Change::isAlarm).ifPresent(change -> lines.row(changed(change)));
    }
    if (sorted.size() > MOST_ROWS) {
      lines.line(Style.DIM, "%d more in --json.".formatted(sorted.size() - MOST_ROWS));
    }
    lines.line(
        Style.DIM,
        "%d samples at temperature %s; shares with Wilson intervals at 95%%; entropy in nats."
            .formatted(report.samples(), report.temperature()));
  }

  private static boolean isAlarm(WatchedAnswer answer) {
    return answer.change().map(Change::isAlarm).orElse(false);
  }

  private static void since(Since since, SummaryLines lines) {
    boolean none = since.moved() + since.changed() == 0;
    lines.wrapped(
        none ? Style.PLAIN : Style.BOLD,
        "",
        SummaryLines.printable(
            "Since %s (%s), of %d answers: %d probabilities moved by more than %s, %d shares of samples changed."
                .formatted(
                    since.when(),
                    since.model(),
                    since.compared(),
                    since.moved(),
                    since.tolerance(),
                    since.changed())));
    lines.row(
        "  share of samples, mean difference %s; log-probability %s"
            .formatted(difference(since.right()), difference(since.logProbability())));
  }

  private static String row(WatchedAnswer each) {
    return "%-14s%9s%9s  %-24s%-8s%-10s%s"
        .formatted(
            SummaryLines.printable(each.id()),
            probability(each.probability()),
            each.change().map(change -> probability(change.probabilityBefore())).orElse(""),
            Markup.percent(each.right()),
            String.format(Locale.ROOT, "%.2f", each.entropy()),
            each.likeliestIsRight() ? "yes" : "another",
            SummaryLines.printable(
                each.answer()
                    + (each.likeliestIsRight() ? "" : " (says: " + each.likeliest() + ")")));
  }

  private static String changed(Change change) {
    StringBuilder text = new StringBuilder("  ! ");
    if (change.moved()) {
      text.append("its probability moved");
    }
    if (change.changed()) {
      text.append(change.moved() ? "; " : "")
          .append(
              "samples from %s, difference %s, Holm p %s"
                  .formatted(
                      Markup.percent(change.rightBefore()),
                      difference(change.difference()),
                      Markup.p(change.adjustedP())));
    }
    return text.toString();
  }

  private static String probability(double value) {
    return Double.isNaN(value) ? "none" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String difference(Estimate each) {
    if (Double.isNaN(each.value())) {
      return "not compared";
    }
    return each.hasInterval()
        ? String.format(Locale.ROOT, "%+.3f [%+.3f, %+.3f]", each.value(), each.low(), each.high())
        : String.format(Locale.ROOT, "%+.3f, no interval", each.value());
  }
}
