package dev.loupe.file;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The few lines that a git clone leaves in place of a large file until Git LFS fetches it. To a
 * reader of weights or JSON they look like damage, and fetching again in the same way would not
 * help; so every reader asks here first.
 */
public final class LfsPointer {
  /** The specification bounds a pointer by this; what is larger is a file of its own. */
  public static final int MOST_BYTES = 1024;

  /** The second is what Git LFS wrote before its first release. */
  private static final Pattern POINTER =
      Pattern.compile("version https://(?:git-lfs|hawser)\\.github\\.com/spec/");

  private static final Pattern SIZE = Pattern.compile("(?m)^size (\\d{1,18})$");

  private LfsPointer() {}

  /**
   * Lets pass every file but a pointer.
   *
   * @throws LoupeException if the file is a pointer
   * @throws IOException if it cannot be read
   */
  public static void refuse(Path file) throws IOException {
    // Pipes have no size, and reading one would take its bytes from the reader that follows.
    if (Files.isRegularFile(file) && Files.size(file) <= MOST_BYTES) {
      try (InputStream in = Files.newInputStream(file)) {
        refuse(file, in.readNBytes(MOST_BYTES));
      }
    }
  }

  /**
   * As {@link #refuse(Path)}, for content that was read already.
   *
   * @param content the whole file, or more of its start than a pointer has
   */
  public static void refuse(Object file, byte[] content) {
    if (content.length > MOST_BYTES) {
      return;
    }
    String text = new String(content, StandardCharsets.ISO_8859_1);
    if (POINTER.matcher(text).lookingAt()) {
      Matcher size = SIZE.matcher(text.replace("\r", ""));
      throw LoupeException.badInput(
          file
              + ": is a Git LFS pointer, not the file itself"
              + (size.find()
                  ? String.format(
                      Locale.ROOT, " (which has %,d bytes)", Long.parseLong(size.group(1)))
                  : ""),
          "Run 'git lfs pull' in the folder that was cloned (after 'git lfs install'), or let"
              + " 'loupe models pull' fetch the model.");
    }
  }
}
