package dev.loupe.audit;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file of earlier results, one JSON line each, the latest last. It need not exist yet.
 *
 * @param <L> a result
 */
public final class HistoryFile<L extends Record> {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Path file;
  private final Class<L> kind;
  private final Predicate<L> makesSense;
  private final String what;

  /**
   * Of one kind of result.
   *
   * @param makesSense whether the numbers of a line can be
   * @param what of which the file is a history, for people
   */
  public HistoryFile(Path file, Class<L> kind, Predicate<L> makesSense, String what) {
    this.file = file;
    this.kind = kind;
    this.makesSense = makesSense;
    this.what = what;
  }

  /**
   * All results.
   *
   * @throws LoupeException if a line is none, with its number
   */
  public List<L> lines() {
    List<L> lines = new ArrayList<>();
    each((line, number) -> lines.add(read(line, number)));
    return lines;
  }

  /**
   * The latest result; the others are not looked at.
   *
   * @throws LoupeException if the last line is none, with its number
   */
  public Optional<L> last() {
    String[] last = {""};
    int[] at = new int[1];
    each((line, number) -> {
      last[0] = line;
      at[0] = number;
    });
    return at[0] == 0 ? Optional.empty() : Optional.of(read(last[0], at[0]));
  }

  private void each(ObjIntConsumer<String> taker) {
    if (!Files.exists(file)) {
      return;
    }
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          taker.accept(line, number);
        }
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  private L read(String line, int number) {
    try {
      L read = MAPPER.readValue(line, kind);
      if (makesSense.test(read)) {
        return read;
      }
    } catch (JacksonException | NullPointerException e) {
      throw broken(number, e);
    }
    throw broken(number, new IllegalArgumentException("numbers out of range"));
  }

  private LoupeException broken(int number, Exception cause) {
    return LoupeException.badInput(
        "%s:%d: is no line of a history of %s".formatted(file, number, what),
        "Give a history that an earlier run wrote.",
        cause);
  }

  /** Adds a result at the end. */
  public void append(L line) {
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
