package dev.loupe.cli.audit;

import dev.loupe.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe audit answers}. */
@Command(
    name = "answers",
    header = "Recorded answers: right, wrong, abstained; calibration; scores by target.",
    description = {
      "",
      "Rates have Wilson intervals, at the effective number of trials where an item or a cluster has"
          + " several answers. Empty answers are a grade of their own: they earn and cost nothing."
          + " Undetermined ones are in no rate. Calibration is of right and wrong answers that have a"
          + " confidence."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe audit answers answers.csv",
      "  loupe audit answers run.eval --html audit.html",
      "  loupe audit answers samples_task_2026-01-01.jsonl --filter strict-match --json -"
    })
final class AuditAnswersCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final AnswerFiles files = new AnswerFiles();

  AuditAnswersCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return files.run(terminal, "answers", AuditLines::answers);
  }
}
