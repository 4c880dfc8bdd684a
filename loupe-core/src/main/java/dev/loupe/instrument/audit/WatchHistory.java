package dev.loupe.instrument.audit;

import dev.loupe.audit.HistoryFile;
import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** A file with one JSON line for each run of {@link WatchAnswers}; the last is compared. */
public final class WatchHistory {
  private final HistoryFile<Line> file;

  /** It need not exist yet. */
  public WatchHistory(Path file) {
    this.file = new HistoryFile<>(file, Line.class, WatchHistory::makesSense, "watched answers");
  }

  /**
   * One run.
   *
   * @param when as the user names it: a date, a version
   * @param sha256 of the model's weights; empty for a server's
   */
  public record Line(
      String when,
      String model,
      String sha256,
      double temperature,
      int mostTokens,
      boolean chat,
      String match,
      List<Kept> answers) {
    public Line {
      answers = List.copyOf(answers);
    }

    /** Whether samples of both mean the same. */
    boolean sampledAs(Line other) {
      return temperature == other.temperature
          && mostTokens == other.mostTokens
          && match.equals(other.match);
    }
  }

  /**
   * What is kept of an answer.
   *
   * @param text prompt and answers, so that a changed one is not compared
   * @param probability of the first answer, if the model gives it
   * @param right samples that say it
   * @param likeliest whether the likeliest answer says it
   */
  public record Kept(
      String id,
      String text,
      OptionalDouble probability,
      long right,
      long samples,
      boolean likeliest) {}

  private static boolean makesSense(Line line) {
    return line.answers().stream()
        .allMatch(each ->
            each.samples() >= 1
                && each.right() >= 0
                && each.right() <= each.samples()
                && each.probability().orElse(0) >= 0
                && each.probability().orElse(0) <= 1);
  }

  /**
   * The last run.
   *
   * @throws LoupeException if the last line is none
   */
  public Optional<Line> last() {
    return file.last();
  }

  /** Adds a run at the end. */
  public void append(Line line) {
    file.append(line);
  }
}
