package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;

/** The attempts at one request: which failures are retried, and how long to wait before it. */
final class Attempts {
  /** Waits; tests do not. */
  @FunctionalInterface
  interface Pause {
    void sleep(Duration time) throws InterruptedException;
  }

  /** An answer that may be another one later: 408, 429, 5xx. */
  static final class TryAgain extends IOException {
    private static final long serialVersionUID = 1;
    private final transient Optional<Duration> after;

    TryAgain(String message, Optional<Duration> after) {
      super(message);
      this.after = after;
    }
  }

  private static final int MOST = 6;
  // A host that does not resolve or refuses seldom changes its mind within seconds.
  private static final int MOST_UNREACHABLE = 2;
  private static final Duration FIRST_WAIT = Duration.ofMillis(500);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private final String what;
  private final Pause pause;
  private final Progress progress;
  private int failures;

  Attempts(String what, Pause pause, Progress progress) {
    this.what = what;
    this.pause = pause;
    this.progress = progress;
  }

  /** Bytes came in since the last failure, so that the server is alive: count again. */
  void cameForward() {
    failures = 0;
  }

  /**
   * Waits before the next try.
   *
   * @throws LoupeException if there should be none
   */
  void failed(IOException cause) throws InterruptedException {
    failures++;
    boolean unreachable =
        cause instanceof ConnectException
            || cause instanceof UnknownHostException
            || cause instanceof SSLHandshakeException;
    String reason = reason(cause);
    Duration wait = FIRST_WAIT.multipliedBy(1L << (failures - 1));
    if (cause instanceof TryAgain answer) {
      wait = answer.after.orElse(wait);
    }
    if (failures >= (unreachable ? MOST_UNREACHABLE : MOST) || wait.compareTo(LONGEST_WAIT) > 0) {
      String message =
          "%s: %s, after %d %s".formatted(what, reason, failures, failures == 1 ? "try" : "tries");
      if (wait.compareTo(LONGEST_WAIT) > 0) {
        message += "; the hub asks to wait " + wait.toSeconds() + " s";
      }
      throw LoupeException.badInput(
          message,
          "Check the connection and run the command again: it resumes where it stopped."
              + " Models in the cache work with HF_HUB_OFFLINE=1.",
          cause);
    }
    progress.note(
        String.format(
            Locale.ROOT, "%s: %s; trying again in %.1f s", what, reason, wait.toMillis() / 1e3));
    pause.sleep(wait);
  }

  private static String reason(IOException cause) {
    return switch (cause) {
      case TryAgain answer -> String.valueOf(answer.getMessage());
      case UnknownHostException e -> "the host is unknown";
      case ConnectException e -> "no connection to the host";
      case SSLHandshakeException e -> "the host's certificate was refused";
      case java.net.http.HttpTimeoutException e -> "no answer in time";
      default -> "the connection broke";
    };
  }
}
