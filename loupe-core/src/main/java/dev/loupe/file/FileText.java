package dev.loupe.file;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Text as editors of all systems write it. A byte order mark at the start says how the text is
 * encoded and is not part of it: in a prompt it would become a token, in JSON a fault.
 */
public final class FileText {
  private static final int LONGEST_MARK = 4;

  /**
   * How a file starts, and what that says; the longer of two marks that start alike comes first.
   */
  private enum Mark {
    UTF_32_LE("UTF-32LE", 0xFF, 0xFE, 0, 0),
    UTF_32_BE("UTF-32BE", 0, 0, 0xFE, 0xFF),
    UTF_16_LE("UTF-16LE", 0xFF, 0xFE),
    UTF_16_BE("UTF-16BE", 0xFE, 0xFF),
    UTF_8("UTF-8", 0xEF, 0xBB, 0xBF),
    NONE("UTF-8");

    private final String charset;
    private final int length;
    private final long bytes;

    Mark(String charset, int... bytes) {
      this.charset = charset;
      this.length = bytes.length;
      long packed = 0;
      for (int each : bytes) {
        packed = packed << 8 | each;
      }
      this.bytes = packed;
    }

    static Mark of(byte[] start, int length) {
      for (Mark mark : values()) {
        long packed = 0;
        for (int i = 0; i < Math.min(mark.length, length); i++) {
          packed = packed << 8 | (start[i] & 0xFF);
        }
        if (mark.length <= length && packed == mark.bytes) {
          return mark;
        }
      }
      return NONE;
    }
  }

  private FileText() {}

  /**
   * The text of a file: UTF-8, or what its byte order mark says.
   *
   * @throws CharacterCodingException if it is not text of that encoding
   * @throws LoupeException if the file is a pointer of Git LFS
   */
  public static String read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    LfsPointer.refuse(file, bytes);
    return decode(bytes);
  }

  /** As {@link #read}, line by line without their ends. */
  public static List<String> lines(Path file) throws IOException {
    return read(file).lines().toList();
  }

  /** The text that these bytes encode, without a mark. */
  public static String decode(byte[] bytes) throws CharacterCodingException {
    Mark mark = Mark.of(bytes, bytes.length);
    int from = mark.length;
    return Charset.forName(mark.charset)
        .newDecoder()
        .decode(ByteBuffer.wrap(bytes, from, bytes.length - from))
        .toString();
  }

  /**
   * A stream of UTF-8 whose byte order mark has been skipped.
   *
   * @param name the name of the stream for the user
   * @throws LoupeException if the mark is that of another encoding
   */
  public static InputStream utf8(InputStream in, Object name) throws IOException {
    var start = new PushbackInputStream(in, LONGEST_MARK);
    byte[] first = new byte[LONGEST_MARK];
    int length = start.readNBytes(first, 0, LONGEST_MARK);
    Mark mark = Mark.of(first, length);
    if (!mark.charset.equals(StandardCharsets.UTF_8.name())) {
      throw LoupeException.badInput(
          name + ": is " + mark.charset.substring(0, 6) + " text, as its byte order mark says",
          "Save it as UTF-8.");
    }
    start.unread(first, mark.length, length - mark.length);
    return start;
  }
}
