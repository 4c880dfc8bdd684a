package dev.loupe.audit;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.LfsPointer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private static final int HEAD = 1 << 12;
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
      try (InputStream bytes = buffered(Files.newInputStream(file))) {
        byte[] head = head(bytes);
        if (head.length > 1 && head[0] == 'P' && head[1] == 'K') {
          return InspectLog.archive(file, options, each);
        }
        if (head.length > 1 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
          try (InputStream plain = buffered(new GZIPInputStream(bytes, 1 << 16))) {
            return read(plain, head(plain), file, options, each);
          }
        }
        return read(bytes, head, file, options, each);
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  private static List<String> read(
      InputStream in, byte[] head, Path file, AnswerOptions options, Consumer<Answer> each)
      throws IOException {
    String start = new String(head, StandardCharsets.UTF_8);
    if (start.isBlank() && head.length < HEAD) {
      throw LoupeException.badInput(
          file + ": is empty", "Give a log of answers, or a table with a header.");
    }
    if (INSPECT.matcher(start).find()) {
      return InspectLog.json(in, file, options, each);
    }
    if (LM_EVAL.matcher(start).find()) {
      return LmEvalSamples.read(in, file, options, each);
    }
    if (HELM.matcher(start).find()) {
      return HelmStatistics.read(in, file, options, each);
    }
    return AnswerTable.read(in, file, options, each);
  }

  private static InputStream buffered(InputStream in) {
    return new BufferedInputStream(in, 1 << 16);
  }

  private static byte[] head(InputStream in) throws IOException {
    in.mark(HEAD);
    byte[] head = in.readNBytes(HEAD);
    in.reset();
    return head;
  }

  /** The folder's or file's name, which stands for a system that the log does not name. */
  static String name(Path file) {
    Path name = file.getFileName();
    return name == null ? file.toString() : name.toString();
  }
}
