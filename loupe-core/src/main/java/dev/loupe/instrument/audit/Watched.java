package dev.loupe.instrument.audit;

import dev.loupe.audit.AnswerMatch;
import dev.loupe.audit.Grade;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.outcomes.OutcomeFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A prompt and an answer that matter.
 *
 * @param id unique in its file
 * @param answers what is looked for in samples, the first of which is scored
 */
public record Watched(String id, String prompt, List<String> answers) {
  private static final int MOST = 10_000;
  private static final String OPENING = "([{“‘\"'";

  public Watched {
    answers = List.copyOf(answers);
    if (id.isBlank() || answers.isEmpty() || answers.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("`watched` needs an id and an answer: " + id);
    }
  }

  /** How the samples are compared with the answers. */
  boolean isIn(String text, AnswerMatch.Kind match) {
    return AnswerMatch.of(match).grade(text, answers) == Grade.RIGHT;
  }

  /** The first answer as it follows the prompt, with the space that separates words. */
  String continuation(boolean chat) {
    String answer = answers.getFirst();
    if (chat || prompt.isEmpty()) {
      return answer;
    }
    int last = prompt.codePointBefore(prompt.length());
    int first = answer.codePointAt(0);
    boolean joins =
        Character.isWhitespace(last)
            || Character.isWhitespace(first)
            || Character.isIdeographic(first)
            || OPENING.indexOf(last) >= 0;
    return joins ? answer : " " + answer;
  }

  /**
   * A table of them, CSV or JSON lines: {@code prompt}, {@code answer} (several are separated by a
   * vertical bar), and where there is one {@code id}; else the row's number.
   *
   * @throws LoupeException if it cannot be read, with the line
   */
  public static List<Watched> read(Path file) {
    List<Watched> all = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      var _ =
          OutcomeFile.rows(
              in,
              file.toString(),
              (names, values, place) -> {
                if (all.size() == MOST) {
                  throw LoupeException.resource(
                      place + ": more than %d answers".formatted(MOST), "Watch a part of them.");
                }
                String id =
                    cell(names, values, "id").orElse(String.valueOf(all.size() + 1)).strip();
                if (!ids.add(id)) {
                  throw LoupeException.badInput(
                      "%s: the id '%s' stands twice".formatted(place, id),
                      "Give each answer an id of its own.");
                }
                all.add(
                    new Watched(id, prompt(names, values, place), answers(names, values, place)));
              });
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
    if (all.isEmpty()) {
      throw LoupeException.badInput(
          file + ": has a header but no answer", "Give one prompt and answer a line.");
    }
    return all;
  }

  private static String prompt(List<String> names, List<Optional<String>> values, String place) {
    return cell(names, values, "prompt").orElseThrow(() -> missing("prompt", place));
  }

  private static List<String> answers(
      List<String> names, List<Optional<String>> values, String place) {
    List<String> answers =
        List.of(
            cell(names, values, "answer")
                .orElseThrow(() -> missing("answer", place))
                .split("\\|", -1));
    if (answers.stream().anyMatch(String::isBlank)) {
      throw LoupeException.badInput(
          place + ": one of the answers is empty", "Separate answers by single vertical bars.");
    }
    return answers;
  }

  private static LoupeException missing(String column, String place) {
    return LoupeException.badInput(
        "%s: has no %s".formatted(place, column), "Give the columns prompt and answer.");
  }

  private static Optional<String> cell(
      List<String> names, List<Optional<String>> values, String name) {
    int at = names.indexOf(name);
    return at < 0 ? Optional.empty() : values.get(at).filter(text -> !text.isBlank());
  }
}
