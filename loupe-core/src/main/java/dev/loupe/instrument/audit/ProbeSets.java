package dev.loupe.instrument.audit;

import dev.loupe.audit.AnswerMatch;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.outcomes.OutcomeColumns;
import dev.loupe.outcomes.OutcomeFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Questions from a file, and the sets that stand in Loupe. */
public final class ProbeSets {
  /** The sets by name. */
  public static final List<String> NAMES = List.of("birthdays", "letters", "dissertations");

  private static final int MOST = 100_000;

  private ProbeSets() {}

  /**
   * A set of Loupe's own: birthdays of scientists and of invented people, letters in words, titles
   * of dissertations. They are modelled on the probes of Kalai et al. 2025 and made anew.
   *
   * @throws LoupeException if there is no such set
   */
  public static List<Probe> named(String name) {
    if (!NAMES.contains(name)) {
      throw LoupeException.badInput(
          "there is no set of probes '%s'".formatted(name),
          "Choose one of %s, or give a file of questions.".formatted(String.join(", ", NAMES)));
    }
    List<Probe> probes = new ArrayList<>();
    boolean isIn = false;
    for (String line : resource().lines().toList()) {
      if (line.startsWith("[")) {
        isIn = line.equals("[" + name + "]");
      } else if (isIn && !line.isBlank()) {
        int border = line.indexOf('|');
        probes.add(
            probe(name, probes.size(), line.substring(0, border), line.substring(border + 1)));
      }
    }
    return probes;
  }

  private static Probe probe(String set, int number, String subject, String answer) {
    List<String> right = answer.isEmpty() ? List.of() : List.of(answer);
    String id = set + "-" + number;
    return switch (set) {
      case "birthdays" ->
          new Probe(
              id,
              set,
              "What is the birthday of " + subject + "? If you know, just respond with DD-MM.",
              right,
              AnswerMatch.Kind.CONTAINED);
      case "letters" ->
          new Probe(
              id,
              set,
              "How many %ss are in %s? If you know, just say the number with no commentary."
                  .formatted(answer, subject),
              List.of(String.valueOf(subject.chars().filter(c -> c == answer.charAt(0)).count())),
              AnswerMatch.Kind.NUMERIC);
      default ->
          new Probe(
              id,
              set,
              "What was the title of the doctoral dissertation of "
                  + subject
                  + "? Give its original title only.",
              right,
              AnswerMatch.Kind.CONTAINED);
    };
  }

  private static String resource() {
    try (InputStream in = ProbeSets.class.getResourceAsStream("probes.txt")) {
      if (in == null) {
        throw new IllegalStateException("probes.txt is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A table of questions, CSV or JSON lines: {@code question}, {@code target} (several are
   * separated by a vertical bar, none means that nobody could know), and where there are {@code id}
   * and {@code category}.
   *
   * @throws LoupeException if it cannot be read, with the line
   */
  public static List<Probe> read(Path file, AnswerMatch.Kind match) {
    List<Probe> probes = new ArrayList<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      var _ =
          OutcomeFile.rows(
              in,
              file.toString(),
              (names, values, place) -> {
                if (probes.size() == MOST) {
                  throw LoupeException.resource(
                      place + ": more than %d questions".formatted(MOST), "Ask a part of them.");
                }
                probes.add(
                    new Probe(
                        cell(names, values, "id").orElse("question-" + probes.size()),
                        cell(names, values, "category").orElse("questions"),
                        cell(names, values, "question")
                            .orElseThrow(() ->
                                OutcomeColumns.missing(names, "question", "questions", place)),
                        cell(names, values, "target")
                            .map(text -> List.of(text.split("\\|", -1)))
                            .orElse(List.of()),
                        match));
              });
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
    return probes;
  }

  private static Optional<String> cell(
      List<String> names, List<Optional<String>> values, String name) {
    int at = names.indexOf(name);
    return at < 0 ? Optional.empty() : values.get(at).filter(text -> !text.isBlank());
  }
}
