package dev.loupe.cli.terminal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder that a command writes its results to, made when it is missing. An option of this type is
 * refused while the command line is read if that cannot be done.
 *
 * @param path the folder, there or not
 */
public record ResultFolder(Path path) {
  /** Why nothing can be written there, and what to do; empty if there is no obstacle. */
  public Optional<String> obstacle() {
    Path there = path.toAbsolutePath().normalize();
    while (!Files.exists(there)) {
      if (Files.isSymbolicLink(there)) {
        return Optional.of(
            "%s: %s is a link to nothing. Remove it, or name another folder."
                .formatted(path, there));
      }
      Path parent = there.getParent();
      if (parent == null) {
        return Optional.of(path + ": there is no such disk. Name another folder.");
      }
      there = parent;
    }
    if (!Files.isDirectory(there)) {
      return Optional.of(
          "%s: %s is a file, not a folder. Name another folder.".formatted(path, there));
    }
    return denied(path, there);
  }

  /** The refusal of what this user may not write to. */
  static Optional<String> denied(Path wanted, Path there) {
    return Files.isWritable(there)
        ? Optional.empty()
        : Optional.of(
            "%s: permission denied in %s. Change its permissions, or write somewhere else."
                .formatted(wanted, there));
  }
}
