package dev.loupe.outcomes;

import dev.loupe.fault.LoupeException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Strict UTF-8 line by line, so that a fault has its line and a file without line ends is refused
 * before it fills the memory.
 */
final class Utf8Lines extends Reader {
  private static final int LONGEST_LINE = 1 << 20;

  private final InputStream in;
  private final String name;
  private String line = "";
  private int at;
  private long number;

  Utf8Lines(InputStream in, String name) {
    this.in = new BufferedInputStream(in, 1 << 16);
    this.name = name;
  }

  /** The line that was read last, from 1. */
  long number() {
    return number;
  }

  /** Of the file. */
  String name() {
    return name;
  }

  /** The file and the line that was read last. */
  String place() {
    return name + ":" + number;
  }

  /** The next line with its end; empty at the end of the file. */
  Optional<String> next() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    int value = in.read();
    if (value < 0) {
      return Optional.empty();
    }
    number++;
    for (; value >= 0; value = value == '\n' ? -1 : in.read()) {
      bytes.write(value);
      if (bytes.size() > LONGEST_LINE) {
        throw LoupeException.badInput(
            place() + ": the line is longer than a megabyte",
            "Give a table with one trial a line.");
      }
    }
    return Optional.of(decode(bytes.toByteArray()));
  }

  private String decode(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw LoupeException.badInput(place() + ": it is not UTF-8 text", "Save it as UTF-8.", e);
    }
  }

  /** Puts a line back, to be read again as the first characters. */
  void unread(String text) {
    line = text;
    at = 0;
  }

  @Override
  public int read(char[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at >= line.length()) {
      Optional<String> next = next();
      if (next.isEmpty()) {
        return -1;
      }
      unread(next.get());
    }
    int count = Math.min(length, line.length() - at);
    line.getChars(at, at + count, buffer, offset);
    at += count;
    return count;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
