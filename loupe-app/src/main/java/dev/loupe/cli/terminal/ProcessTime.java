package dev.loupe.cli.terminal;

import java.time.Duration;
import java.time.Instant;

/** How long this process has been running. */
public final class ProcessTime {
  private ProcessTime() {}

  /** Seconds since the process started; 0 where the system does not tell. */
  public static double seconds() {
    return ProcessHandle.current()
        .info()
        .startInstant()
        .map(start -> Duration.between(start, Instant.now()).toMillis() / 1e3)
        .orElse(0.0);
  }
}
