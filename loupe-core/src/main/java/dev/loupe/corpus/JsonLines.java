package dev.loupe.corpus;

import dev.loupe.file.FileText;
import dev.loupe.file.JsonText;
import dev.loupe.file.LfsPointer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One JSON object per line, UTF-8, plain or compressed by gzip. Blank lines are skipped. */
final class JsonLines {
  private static final int BUFFER = 1 << 16;

  /** A longer line is not a document of a corpus; it is skipped without being held. */
  private static final int LONGEST_LINE = 64 << 20;

  private static final JsonMapper MAPPER = JsonText.mapper();

  private JsonLines() {}

  static void read(Path file, String name, Tally tally) throws IOException {
    LfsPointer.refuse(file);
    try (InputStream bytes = Files.newInputStream(file);
        InputStream plain =
            file.toString().endsWith(".gz")
                ? new GZIPInputStream(bytes, BUFFER)
                : new BufferedInputStream(bytes, BUFFER)) {
      read(FileText.utf8(plain, file), name, tally);
    }
  }

  private static void read(InputStream in, String name, Tally tally) throws IOException {
    byte[] buffer = new byte[BUFFER];
    Line line = new Line(name, tally);
    for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
      int start = 0;
      for (int i = 0; i < size; i++) {
        if (buffer[i] == '\n') {
          line.append(buffer, start, i - start);
          line.end();
          start = i + 1;
        }
      }
      line.append(buffer, start, size - start);
    }
    line.end();
  }

  /** The line that is being read. */
  private static final class Line {
    private final String name;
    private final Tally tally;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean tooLong;
    private long number = 1;

    Line(String name, Tally tally) {
      this.name = name;
      this.tally = tally;
    }

    void append(byte[] buffer, int from, int size) {
      tooLong |= size > LONGEST_LINE - bytes.size();
      if (!tooLong) {
        bytes.write(buffer, from, size);
      }
    }

    void end() {
      String place = name + ":" + number;
      if (tooLong) {
        tally.broken(
            place, String.format(Locale.ROOT, "the line has more than %,d bytes", LONGEST_LINE));
      } else {
        take(bytes.toByteArray(), place);
      }
      bytes.reset();
      tooLong = false;
      number++;
    }

    private void take(byte[] line, String place) {
      if (isBlank(line)) {
        return;
      }
      JsonNode record;
      try {
        record = MAPPER.readTree(line);
      } catch (JacksonException e) {
        tally.broken(place, "is not JSON: " + JsonText.why(e));
        return;
      }
      Records.take(record, place, tally);
    }

    private static boolean isBlank(byte[] line) {
      for (byte value : line) {
        if (value != ' ' && value != '\t' && value != '\r') {
          return false;
        }
      }
      return true;
    }
  }
}
