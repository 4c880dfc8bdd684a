package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.LfsPointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The SHA-256 of weights. A blob of the cache is named by it; any other file is read once, and the
 * hash kept in Loupe's own cache under the file's path, size and time of change, so that a second
 * run does not read hundreds of megabytes again.
 */
final class WeightHashes {
  private final Path memory;

  WeightHashes(Path loupeCache) {
    this.memory = loupeCache.resolve("sha256");
  }

  /** The sum of one file, or of the list of sums of several. */
  String of(List<Path> weights) {
    if (weights.size() == 1) {
      return of(weights.getFirst());
    }
    var lines = new StringBuilder();
    weights.stream()
        .sorted()
        .forEach(
            file -> lines.append(of(file)).append("  ").append(Disk.fileName(file)).append('\n'));
    return Checksum.SHA256.sum(lines.toString());
  }

  /** The sum of one file. */
  String of(Path file) {
    try {
      LfsPointer.refuse(file);
      Path real = file.toRealPath();
      String name = Disk.fileName(real);
      if (Disk.fileName(Disk.parent(real)).equals("blobs")
          && Checksum.of(name) == Checksum.SHA256) {
        return name;
      }
      String key =
          real + "\n" + Files.size(real) + "\n" + Files.getLastModifiedTime(real).toInstant();
      Path note = memory.resolve(Checksum.SHA256.sum(key));
      Optional<String> known = remembered(note);
      if (known.isPresent()) {
        return known.get();
      }
      String sum = Checksum.SHA256.sum(real);
      remember(note, sum);
      return sum;
    } catch (IOException e) {
      throw Disk.failure(file, e);
    }
  }

  private static Optional<String> remembered(Path note) {
    try {
      return Optional.of(Files.readString(note).strip())
          .filter(text -> Checksum.of(text) == Checksum.SHA256);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void remember(Path note, String sum) {
    try {
      Disk.writeText(note, sum + "\n");
    } catch (LoupeException e) {
      // Only a shortcut is lost: the sum itself is right, and is computed again next time.
    }
  }
}
