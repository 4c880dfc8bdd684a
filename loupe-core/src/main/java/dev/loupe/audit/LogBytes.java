package dev.loupe.audit;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/**
 * The bytes of a log, which know how they begin and how they end: a log whose writer was killed, or
 * whose compressed bytes end early, is told from one that is wrong.
 */
final class LogBytes extends InputStream {
  private static final int HEAD = 1 << 12;
  private static final int TAIL = 16;

  /** The last bytes where a value, or one of UTF-8's sequences, is cut in two. */
  private static final Pattern UNFINISHED =
      Pattern.compile(
          "[\\s:,\\[](?:t|tr|tru|f|fa|fal|fals|n|nu|nul|N|Na|-|-?I[nfity]{0,6}"
              + "|-?\\d+\\.|-?\\d+(?:\\.\\d+)?[eE][-+]?)$|[\\xC0-\\xFF][\\x80-\\xBF]{0,2}$");

  private final InputStream in;
  private final byte[] head = new byte[HEAD];
  private final int headLength;
  private int given;
  private byte[] last = new byte[0];
  private long count;
  private boolean hasEnded;
  private boolean isTorn;

  LogBytes(InputStream in) throws IOException {
    this.in = in;
    int length = 0;
    for (int more = 0; more >= 0 && length < HEAD; length += Math.max(0, more)) {
      more = fetch(head, length, HEAD - length);
    }
    headLength = length;
  }

  /** The first bytes as text; they are still to be read. */
  String head() {
    return new String(head, 0, headLength, StandardCharsets.UTF_8);
  }

  /** Whether nothing follows the head. */
  boolean isShort() {
    return headLength < HEAD;
  }

  /** Whether the compressed bytes ended in the middle; what came before has been given. */
  boolean isTorn() {
    return isTorn;
  }

  /** Whether a parser failed because the log ends in the middle. */
  boolean isCutShort(JacksonException failure) {
    // Jackson has an exception for this too, but after a comma it throws the general one.
    if (failure.getOriginalMessage().startsWith("Unexpected end-of-input")) {
      return true;
    }
    return hasEnded
        && failure.getLocation() != null
        && failure.getLocation().getByteOffset() >= count - TAIL
        && UNFINISHED.matcher(new String(last, StandardCharsets.ISO_8859_1)).find();
  }

  private int fetch(byte[] to, int offset, int length) throws IOException {
    int more;
    try {
      more = in.read(to, offset, length);
    } catch (EOFException _) {
      isTorn = true;
      more = -1;
    }
    if (more < 0) {
      hasEnded = true;
      return -1;
    }
    count += more;
    byte[] both = Arrays.copyOf(last, last.length + Math.min(TAIL, more));
    int kept = both.length - last.length;
    System.arraycopy(to, offset + more - kept, both, last.length, kept);
    last = Arrays.copyOfRange(both, Math.max(0, both.length - TAIL), both.length);
    return more;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (given == headLength) {
      return hasEnded ? -1 : fetch(to, offset, length);
    }
    int more = Math.min(length, headLength - given);
    System.arraycopy(head, given, to, offset, more);
    given += more;
    return more;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
