package dev.loupe.examination;

import dev.loupe.examination.TraceExamination.Asked;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.trace.RankingScore;
import dev.loupe.world.Fact;
import dev.loupe.world.Question;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an examination has measured, one line of JSON per question, so that a long one resumes where
 * it was stopped. The first line says of what; a last line that a kill has cut short does not
 * count.
 */
public final class ExaminationLog {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

  private final Path file;
  private final Map<String, Line> lines = new HashMap<>();

  /** The first line. */
  private record Head(String examinationOf) {}

  /** A question's figures, without what the question itself gives. */
  private record Line(
      String question,
      RankingScore ranking,
      boolean promoted,
      boolean spelt,
      double chancePromoted,
      double chanceSpelt,
      double chanceFound) {}

  private ExaminationLog(Path file) {
    this.file = file;
  }

  /**
   * Opens a file, or begins it.
   *
   * @param of the model and the world, in words that are the same each time
   * @throws LoupeException if the file is of another examination, damaged, or cannot be written
   */
  public static ExaminationLog open(Path file, String of) {
    ExaminationLog log = new ExaminationLog(file);
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
          Line line = MAPPER.readValue(text[i], Line.class);
          lines.put(line.question(), line);
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
  synchronized Optional<Asked> find(Question question) {
    Fact fact = question.fact().orElseThrow();
    return Optional.ofNullable(lines.get(question.id()))
        .map(line ->
            new Asked(
                question,
                line.ranking(),
                new IntermediateHop(
                    fact,
                    fact.relation().hops().getFirst().label(),
                    fact.between().getFirst(),
                    line.promoted(),
                    line.spelt(),
                    line.chancePromoted(),
                    line.chanceSpelt(),
                    line.chanceFound())));
  }

  /** Writes a result down. */
  synchronized void add(Asked asked) {
    IntermediateHop hop = asked.hop();
    Line line =
        new Line(
            asked.question().id(),
            asked.ranking(),
            hop.promoted(),
            hop.spelt(),
            hop.chancePromoted(),
            hop.chanceSpelt(),
            hop.chanceFound());
    try {
      Files.writeString(
          file,
          MAPPER.writeValueAsString(line) + "\n",
          StandardOpenOption.APPEND,
          StandardOpenOption.DSYNC);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
    lines.put(line.question(), line);
  }
}
