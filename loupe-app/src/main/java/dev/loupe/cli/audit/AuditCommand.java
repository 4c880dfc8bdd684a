package dev.loupe.cli.audit;

import dev.loupe.cli.option.CommandGroup;
import dev.loupe.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code loupe audit}: the table of contents of hallucination, calibration and abstention. */
@Command(
    name = "audit",
    header = "Does it know, or guess? Recorded answers, rescored with confidence targets.",
    description = {
      "Accuracy alone rewards guessing. With a target t, a wrong answer costs t/(1 - t) and \"I don't"
          + " know\" nothing (Kalai et al. 2025). Recorded answers need no model; docs/audit.md explains the figures."
    },
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe audit answers answers.csv --html audit.html",
      "  loupe audit leaderboard one.eval another.eval",
      "  loupe audit ask --model smollm2 --probes letters",
      "  loupe audit watch important.csv --model smollm2 --history runs.jsonl --append",
      "  loupe audit verify answer.txt --documents notes/ --by-words",
      "  loupe audit corpus facts.csv",
      "  loupe audit benchmarks"
    })
public final class AuditCommand extends CommandGroup {
  public AuditCommand(Terminal terminal) {
    super(terminal);
  }

  /** This command with its subcommands. */
  public CommandLine commandLine() {
    return new CommandLine(this)
        .addSubcommand(new AuditAnswersCommand(terminal()))
        .addSubcommand(new AuditLeaderboardCommand(terminal()))
        .addSubcommand(new AuditAskCommand(terminal()))
        .addSubcommand(new AuditWatchCommand(terminal()))
        .addSubcommand(new AuditVerifyCommand(terminal()))
        .addSubcommand(new AuditCorpusCommand(terminal()))
        .addSubcommand(new AuditBoundCommand(terminal()))
        .addSubcommand(new AuditRubricCommand(terminal()))
        .addSubcommand(new AuditBenchmarksCommand(terminal()));
  }
}
