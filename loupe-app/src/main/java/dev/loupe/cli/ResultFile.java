package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that a command writes its result to: whole, or not at all.
 *
 * @param path the file, there or not
 */
public record ResultFile(Path path) {
  /**
   * Fails now rather than after an hour's work.
   *
   * @throws LoupeException if the file cannot be written: no such folder, a folder of that name
   */
  public void check() {
    if (Files.isDirectory(path)) {
      throw LoupeException.badInput(path + ": is a folder", "Name a file in it.");
    }
    Path folder = folder();
    if (!Files.isDirectory(folder)) {
      throw LoupeException.badInput(
          path + ": there is no folder " + folder, "Create it, or write somewhere else.");
    }
    if (!Files.isWritable(Files.exists(path) ? path : folder)) {
      throw LoupeException.badInput(path + ": permission denied", "Write somewhere else.");
    }
  }

  /**
   * Writes aside, then moves into place.
   *
   * @throws LoupeException if the disk is full or the file cannot be written
   */
  public void write(String text) {
    try {
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        // A device or a pipe: nothing to move into place.
        Files.writeString(path, text, UTF_8, StandardOpenOption.WRITE);
        return;
      }
      Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
      Path aside =
          target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid());
      try {
        Files.writeString(aside, text, UTF_8);
        Files.move(
            aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(aside);
      }
    } catch (IOException e) {
      throw LoupeException.resource(
          path + ": cannot be written: " + e.getMessage(),
          "Free some space or write somewhere else.",
          e);
    }
  }

  private Path folder() {
    Path folder = path.toAbsolutePath().getParent();
    return folder == null ? path.toAbsolutePath() : folder;
  }
}
