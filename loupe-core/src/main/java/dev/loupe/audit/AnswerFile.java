package dev.loupe.audit;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.file.LfsPointer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Recorded answers as a stream, however many: samples of lm-evaluation-harness, logs of Inspect
 * (JSON or {@code .eval}), HELM's per-instance statistics, tables in CSV or JSON lines. Which one
 * it is, its first bytes say, not its name.
 */
public final class AnswerFile {
  private static final int MAGIC = 2;
  private static final byte[] ZIP = {'P', 'K'};
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final Pattern INSPECT = Pattern.compile("^\\s*\\{\\s*\"version\"\\s*:");
  private static final Pattern LM_EVAL = Pattern.compile("^\\s*\\{\\s*\"doc_id\"\\s*:");
  private static final Pattern HELM = Pattern.compile("^\\s*\\[\\s*\\{");

  private AnswerFile() {}

  /**
   * Reads a file.
   *
   * @return what should be known of it, such as a log cut short; sentences for people
   * @throws LoupeException if it cannot be read or is none of these formats, with the place
   */
  public static List<String> read(Path file, AnswerOptions options, Consumer<Answer> each) {
    try {
      LfsPointer.refuse(file);
      try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
        bytes.mark(MAGIC);
        byte[] magic = bytes.readNBytes(MAGIC);
        bytes.reset();
        if (Arrays.equals(magic, ZIP)) {
          return InspectLog.archive(file, options, each);
        }
        if (!Arrays.equals(magic, GZIP)) {
          return read(bytes, file, options, each);
        }
        try (InputStream plain = new GZIPInputStream(bytes, 1 << 16)) {
          return read(plain, file, options, each);
        }
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  /** As {@link #read(Path, AnswerOptions, Consumer)}, from bytes that are not compressed. */
  static List<String> read(InputStream in, Path file, AnswerOptions options, Consumer<Answer> each)
      throws IOException {
    LogBytes log = new LogBytes(FileText.utf8(in, file.toString()));
    List<String> notes = new ArrayList<>(read(log, file, options, each));
    if (log.isTorn()) {
      notes.add(file + ": its compressed bytes are cut short; what follows is missing.");
    }
    return notes;
  }

  private static List<String> read(
      LogBytes log, Path file, AnswerOptions options, Consumer<Answer> each) throws IOException {
    String start = log.head();
    if (start.isBlank() && log.isShort()) {
      throw LoupeException.badInput(
          file + ": is empty", "Give a log of answers, or a table with a header.");
    }
    if (INSPECT.matcher(start).find()) {
      return InspectLog.json(log, file, options, each);
    }
    if (LM_EVAL.matcher(start).find()) {
      return LmEvalSamples.read(log, file, options, each);
    }
    if (HELM.matcher(start).find()) {
      return HelmStatistics.read(log, file, options, each);
    }
    return AnswerTable.read(log, file, options, each);
  }

  /** The folder's or file's name, which stands for a system that the log does not name. */
  static String name(Path file) {
    Path name = file.getFileName();
    return name == null ? file.toString() : name.toString();
  }
}
