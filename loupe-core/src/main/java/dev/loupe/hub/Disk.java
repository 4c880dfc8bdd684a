package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;

/** Writes in the cache, and turns what a disk refuses into errors that the user can fix. */
final class Disk {
  /** How many bytes may still be written at a path. */
  @FunctionalInterface
  interface SpaceProbe {
    long usableBytes(Path folder) throws IOException;
  }

  // Links, refs and locks take room too, and a disk filled to its last byte harms everyone.
  private static final long MARGIN_BYTES = 16L << 20;

  private final SpaceProbe probe;

  Disk(SpaceProbe probe) {
    this.probe = probe;
  }

  static Disk real() {
    return new Disk(folder -> Files.getFileStore(folder).getUsableSpace());
  }

  /**
   * @throws LoupeException if fewer than {@code bytes} and a small margin are free at the folder
   */
  void requireSpace(Path folder, long bytes, String model) {
    long usable;
    try {
      usable = probe.usableBytes(folder);
    } catch (IOException e) {
      throw failure(folder, e);
    }
    // Some network file systems answer 0 or less for "unknown"; the write itself then tells.
    if (bytes > 0 && usable > 0 && usable < bytes + MARGIN_BYTES) {
      throw LoupeException.resource(
          "no disk space: %s needs %s more and %s has %s free"
              .formatted(model, size(bytes), folder, size(usable)),
          "Free some space, or set HF_HUB_CACHE to a folder on a larger disk.");
    }
  }

  /** Makes the folder and those above it. */
  static Path folder(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  /** Writes a small text to a temporary file and moves it into place. */
  static void writeText(Path target, String text) {
    Path folder = folder(parent(target));
    try {
      Path aside = Files.createTempFile(folder, ".loupe", ".tmp");
      try {
        Files.writeString(aside, text);
        Files.move(
            aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(aside);
      }
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  static Path parent(Path path) {
    return Optional.ofNullable(path.getParent()).orElseThrow();
  }

  static String fileName(Path path) {
    return Optional.ofNullable(path.getFileName()).map(Path::toString).orElse("");
  }

  /** A failed read or write in words for the user. */
  static LoupeException failure(Path path, IOException cause) {
    String reason = Optional.ofNullable(cause.getMessage()).orElse("").toLowerCase(Locale.ROOT);
    if (reason.contains("no space left")
        || reason.contains("not enough space")
        || reason.contains("quota exceeded")) {
      return LoupeException.resource(
          "no disk space left while writing " + path,
          "Free some space, or set HF_HUB_CACHE to a folder on a larger disk; a download resumes"
              + " where it stopped.",
          cause);
    }
    String why =
        switch (cause) {
          case AccessDeniedException e -> "permission denied";
          case NotDirectoryException e -> "not a folder";
          case FileAlreadyExistsException e -> "a file stands where a folder should be";
          default ->
              reason.contains("not a directory")
                  ? "a file stands where a folder should be"
                  : reason.contains("read-only")
                      ? "read-only disk"
                      : cause.getClass().getSimpleName();
        };
    return LoupeException.badInput(
        "the model cache cannot be used at " + path + " (" + why + ")",
        "Make it readable and writable, or set HF_HUB_CACHE to a folder of your own.",
        cause);
  }

  /** Bytes for display, in decimal units as disks are sold. */
  static String size(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 999.95) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %sB", value, "kMGTPE".charAt(unit));
  }
}
