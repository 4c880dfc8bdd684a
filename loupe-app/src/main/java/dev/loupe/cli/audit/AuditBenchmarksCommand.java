package dev.loupe.cli.audit;

import dev.loupe.audit.Benchmark;
import dev.loupe.cli.option.JsonOption;
import dev.loupe.cli.option.RecordJson;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe audit benchmarks}. */
@Command(
    name = "benchmarks",
    header = "How ten well-known benchmarks grade \"I don't know\".",
    footerHeading = "%nExamples:%n",
    footer = "  loupe audit benchmarks --json -")
final class AuditBenchmarksCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final JsonOption json = new JsonOption();

  AuditBenchmarksCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** All of it. */
  record Answer(String source, List<Benchmark> benchmarks) {}

  @Override
  public Integer call() {
    if (!json.takesStandardOutput()) {
      SummaryLines lines = new SummaryLines(terminal);
      lines.head(
          "%-17s%-40s%-8s%-12s%s"
              .formatted("BENCHMARK", "GRADED BY", "BINARY", "IDK CREDIT", "JUDGE MODEL"));
      for (Benchmark each : Benchmark.ALL) {
        lines.row(
            "%-17s%-40s%-8s%-12s%s"
                .formatted(
                    each.name(),
                    each.scoring(),
                    each.isBinary() ? "yes" : "no",
                    each.abstentionCredit(),
                    each.hasJudgeModel() ? "yes" : "no"));
      }
      Benchmark.ALL.stream()
          .filter(each -> !each.note().isEmpty())
          .forEach(
              each -> lines.wrapped(Style.PLAIN, "  ", each.name() + ": " + each.note() + "."));
      lines.line(Style.DIM, "From " + Benchmark.SOURCE + ".");
      lines.lines().forEach(terminal.out()::println);
    }
    json.write(
        terminal,
        RecordJson.of("loupe.audit/1", "benchmarks", new Answer(Benchmark.SOURCE, Benchmark.ALL)));
    return ExitCode.DONE.number();
  }
}
