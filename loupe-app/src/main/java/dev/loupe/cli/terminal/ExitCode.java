package dev.loupe.cli.terminal;

import dev.loupe.report.Evidence;
import dev.loupe.report.Verdict;
import java.util.List;

/** How a command ended, as the number that scripts see. */
public enum ExitCode {
  /** The command did what was asked. */
  DONE(0),
  /** A defect of Loupe itself. */
  DEFECT(1),
  /** The command line makes no sense. */
  USAGE(2),
  /** A file, prompt, name or server is wrong. */
  BAD_INPUT(3),
  /** A bound on memory, disk or time would be or was broken. */
  RESOURCE(4),
  /** The command ran, but one of its evidence checks failed. */
  EVIDENCE_FAILED(5),
  /** The user interrupted the command. */
  INTERRUPTED(130);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  /** The number that the process returns. */
  public int number() {
    return number;
  }

  /** Whether the result passed its own checks. */
  public static ExitCode of(List<Evidence> evidence) {
    return evidence.stream().anyMatch(each -> each.verdict() == Verdict.FAILED)
        ? EVIDENCE_FAILED
        : DONE;
  }
}
