package dev.loupe.instrument.audit;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** A file with one JSON line for each run of {@link WatchAnswers}; the last is compared. */
public final class WatchHistory {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Path file;

  /** It need not exist yet. */
  public WatchHistory(Path file) {
    this.file = file;
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

  /**
   * The last run.
   *
   * @throws LoupeException if the last line is none
   */
  public Optional<Line> last() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String last = "";
    int number = 0;
    int at = 0;
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          last = line;
          at = number;
        }
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
    return last.isEmpty() ? Optional.empty() : Optional.of(read(last, at));
  }

  private Line read(String line, int number) {
    try {
      Line read = MAPPER.readValue(line, Line.class);
      boolean isOne =
          read.answers().stream()
              .allMatch(each ->
                  each.samples() >= 1
                      && each.right() >= 0
                      && each.right() <= each.samples()
                      && each.probability().orElse(0) >= 0
                      && each.probability().orElse(0) <= 1);
      if (isOne) {
        return read;
      }
      throw broken(number, new IllegalArgumentException("counts or probabilities out of range"));
    } catch (JacksonException | NullPointerException e) {
      throw broken(number, e);
    }
  }

  private LoupeException broken(int number, Exception cause) {
    return LoupeException.badInput(
        "%s:%d: is no line of a history of watched answers".formatted(file, number),
        "Give a history that an earlier run wrote.",
        cause);
  }

  /** Adds a run at the end. */
  public void append(Line line) {
    try {
      Files.writeString(
          file,
          MAPPER.writeValueAsString(line) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }
}
