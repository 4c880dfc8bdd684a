package dev.loupe.cli;

import dev.loupe.fault.LoupeException;
import dev.loupe.report.ReportFile;
import java.nio.file.Files;
import java.nio.file.Path;

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
    ReportFile.write(path, writer -> writer.write(text));
  }

  private Path folder() {
    Path folder = path.toAbsolutePath().getParent();
    return folder == null ? path.toAbsolutePath() : folder;
  }
}
