package dev.loupe.instrument.audit;

import dev.loupe.audit.AnswerMatch;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to watch.
 *
 * @param watched prompts and answers
 * @param match how samples are compared with the answers
 * @param samples drawn of each prompt
 * @param temperature of the samples
 * @param mostTokens of a sample
 * @param chat whether the model's chat template renders the prompt as a turn
 * @param tolerance the least difference of a probability that counts as a change
 * @param history file of earlier runs, the last of which is compared; empty for none
 * @param append whether this run is added to the history
 * @param when the name of this run in the history
 * @param maxCalls questions that may be asked; empty for any number
 */
public record WatchRequest(
    List<Watched> watched,
    AnswerMatch.Kind match,
    int samples,
    double temperature,
    int mostTokens,
    boolean chat,
    double tolerance,
    Optional<Path> history,
    boolean append,
    String when,
    OptionalInt maxCalls) {
  public WatchRequest {
    watched = List.copyOf(watched);
    if (watched.isEmpty()) {
      throw new IllegalArgumentException("`watched` is empty");
    }
    if (samples < 1 || mostTokens < 1 || maxCalls.orElse(1) < 1) {
      throw new IllegalArgumentException("`samples`, `maxTokens` and `maxCalls` are 1 or more");
    }
    if (!(temperature >= 0 && temperature <= 100)) {
      throw new IllegalArgumentException("`temperature` " + temperature + " is not from 0 to 100");
    }
    if (!(tolerance >= 0 && tolerance <= 1)) {
      throw new IllegalArgumentException("`tolerance` " + tolerance + " is not from 0 to 1");
    }
    if (append && history.isEmpty()) {
      throw new IllegalArgumentException("`append` belongs to `history`");
    }
  }

  /** Twenty samples at temperature 1, as a conversation, compared with nothing. */
  public static WatchRequest of(List<Watched> watched) {
    return new WatchRequest(
        watched,
        AnswerMatch.Kind.CONTAINED,
        20,
        1,
        32,
        true,
        0.05,
        Optional.empty(),
        false,
        "unnamed",
        OptionalInt.empty());
  }

  /** The same, its prompts as plain text that the model continues. */
  public WatchRequest asText() {
    return new WatchRequest(
        watched,
        match,
        samples,
        temperature,
        mostTokens,
        false,
        tolerance,
        history,
        append,
        when,
        maxCalls);
  }

  /** The same, compared with the last run of a file, and added to it. */
  public WatchRequest withHistory(Path file, String name) {
    return new WatchRequest(
        watched,
        match,
        samples,
        temperature,
        mostTokens,
        chat,
        tolerance,
        Optional.of(file),
        true,
        name,
        maxCalls);
  }

  /** Questions at most: each prompt's samples, its likeliest answer and its score. */
  public long calls() {
    return (long) watched.size() * (samples + 2L);
  }
}
