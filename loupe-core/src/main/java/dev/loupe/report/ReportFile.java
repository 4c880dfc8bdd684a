package dev.loupe.report;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import tools.jackson.core.JacksonException;

/** A file that is written under a temporary name and then moved into place: complete or absent. */
public final class ReportFile {
  private ReportFile() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything; closing is the caller's. */
    void writeTo(Writer writer) throws IOException;
  }

  /**
   * Writes UTF-8 text and replaces what was at {@code path}; a link keeps pointing where it does,
   * and a device or a pipe is written to as it is.
   *
   * @param path its folder is made when it is missing
   * @throws LoupeException if it is a folder or the disk refuses; what was there before is then
   *     untouched
   */
  public static void write(Path path, Content content) {
    if (Files.isDirectory(path)) {
      throw LoupeException.badInput(path + ": is a folder", "Give the name of a file in it.");
    }
    try {
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        // Nothing to move into place.
        try (Writer writer = Files.newBufferedWriter(path, StandardOpenOption.WRITE)) {
          content.writeTo(writer);
        }
      } else {
        replace(Files.exists(path) ? path.toRealPath() : path.toAbsolutePath(), content);
      }
    } catch (IOException | UncheckedIOException | JacksonException e) {
      throw FileFault.cannotWrite(path, e);
    }
  }

  private static void replace(Path target, Content content) throws IOException {
    Path aside = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      Path folder = target.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      try (Writer writer = Files.newBufferedWriter(aside, StandardOpenOption.CREATE_NEW)) {
        content.writeTo(writer);
      }
      Files.move(
          aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      deleteQuietly(aside);
    }
  }

  private static void deleteQuietly(Path aside) {
    try {
      Files.deleteIfExists(aside);
    } catch (IOException _) {
      // The failure that brought us here, or none, is the one to tell.
    }
  }
}
