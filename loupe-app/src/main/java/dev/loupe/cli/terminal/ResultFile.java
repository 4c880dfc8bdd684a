package dev.loupe.cli.terminal;

import dev.loupe.fault.LoupeException;
import dev.loupe.report.ReportFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file that a command writes its result to: whole, or not at all. An option of this type is
 * refused while the command line is read if the file cannot be written, rather than after an hour's
 * work.
 *
 * @param path the file, there or not
 */
public record ResultFile(Path path) {
  /** Why the file cannot be written, and what to do; empty if there is no obstacle. */
  public Optional<String> obstacle() {
    if (Files.isDirectory(path)) {
      return Optional.of(path + " is a folder. Name a file in it.");
    }
    Path folder = folder();
    if (!Files.exists(folder)) {
      return Optional.of(
          "%s: there is no folder %s. Create it, or write somewhere else.".formatted(path, folder));
    }
    if (!Files.isDirectory(folder)) {
      return Optional.of(
          "%s: %s is a file, not a folder. Write somewhere else.".formatted(path, folder));
    }
    Optional<String> denied =
        Files.exists(path) ? ResultFolder.denied(path, path) : Optional.empty();
    // A device or a pipe is written to as it is; a file is replaced, which takes its folder.
    boolean inPlace = Files.exists(path) && !Files.isRegularFile(path);
    return inPlace ? denied : denied.or(() -> ResultFolder.denied(path, folder));
  }

  /**
   * Writes a temporary file, then moves it into place.
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
