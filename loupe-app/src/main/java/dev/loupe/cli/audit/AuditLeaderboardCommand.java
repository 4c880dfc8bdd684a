package dev.loupe.cli.audit;

import dev.loupe.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe audit leaderboard}. */
@Command(
    name = "leaderboard",
    header = "Ranks of several systems, binary and by confidence target, side by side.",
    description = {
      "",
      "Ranks have percentile intervals of the bootstrap over items or clusters. Two systems are"
          + " compared on the same items, errors clustered, p-values adjusted by Holm over all pairs"
          + " and targets; a change of order is certain where both orders are."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe audit leaderboard answers.csv",
      "  loupe audit leaderboard one.eval another.eval --target 0,0.8 --html board.html"
    })
final class AuditLeaderboardCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final AnswerFiles files = new AnswerFiles();

  AuditLeaderboardCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return files.run(terminal, "leaderboard", AuditLines::leaderboard);
  }
}
