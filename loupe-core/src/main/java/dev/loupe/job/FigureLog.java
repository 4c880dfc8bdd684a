package dev.loupe.job;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The figures of long work, one line of JSON for each question as it is measured, so that it
 * resumes where it was stopped. The first line says of what; a last line that a kill has cut short
 * does not count.
 *
 * @param <F> a question's figures, a record
 */
public final class FigureLog<F> {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

  private final Path file;
  private final Class<F> type;
  private final Function<F, String> question;
  private final Map<String, F> lines = new HashMap<>();

  /** The first line. */
  private record Head(String examinationOf) {}

  private FigureLog(Path file, Class<F> type, Function<F, String> question) {
    this.file = file;
    this.type = type;
    this.question = question;
  }

  /**
   * Opens a file, or begins it.
   *
   * @param of what is measured, such as model and world, in words that are the same each time
   * @param question the id of the question that figures are of
   * @throws LoupeException if the file is of other work, damaged, or cannot be written
   */
  public static <F> FigureLog<F> open(
      Path file, String of, Class<F> type, Function<F, String> question) {
    FigureLog<F> log = new FigureLog<>(file, type, question);
    try {
      if (!Files.exists(file)) {
        Files.writeString(file, MAPPER.writeValueAsString(new Head(of)) + "\n");
      }
      String text = Files.readString(file);
      int whole = text.lastIndexOf('\n') + 1;
      log.read(text.substring(0, whole).lines().toArray(String[]::new), of);
      if (whole < text.length()) { // only of a file that is a log; others stay as they are
        Files.write(file, text.substring(0, whole).getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
    return log;
  }

  private void read(String[] text, String of) {
    for (int i = 0; i < Math.max(1, text.length); i++) {
      try {
        if (i == 0) {
          String found =
              MAPPER.readValue(text.length == 0 ? "" : text[0], Head.class).examinationOf();
          if (!of.equals(found)) {
            throw LoupeException.badInput(
                "%s: was measured on %s, not on %s".formatted(file, found, of),
                "Name another file, or delete this one.");
          }
        } else {
          F line = MAPPER.readValue(text[i], type);
          lines.put(question.apply(line), line);
        }
      } catch (JacksonException e) {
        throw i == 0
            ? LoupeException.badInput(
                file + ": holds no results of an examination", "Name another file.", e)
            : LoupeException.badInput(
                String.format(
                    Locale.ROOT, "%s: line %,d is not a result of an examination", file, i + 1),
                "Delete the line or the file, or name another one.",
                e);
      }
    }
  }

  /** What was measured for a question. */
  public synchronized Optional<F> find(String id) {
    return Optional.ofNullable(lines.get(id));
  }

  /** Writes a question's figures down. */
  public synchronized void add(F figures) {
    try {
      Files.writeString(
          file,
          MAPPER.writeValueAsString(figures) + "\n",
          StandardOpenOption.APPEND,
          StandardOpenOption.DSYNC);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
    lines.put(question.apply(figures), figures);
  }
}
