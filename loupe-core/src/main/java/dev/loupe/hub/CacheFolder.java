package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * One model's folder in the cache and the paths within it. Names were checked by {@link Names};
 * this class checks again that no path leaves the folder.
 */
record CacheFolder(Path cache, String repository) {
  static final String PREFIX = "models--";

  /** How the name of a blob ends of which only the beginning has come. */
  static final String INCOMPLETE = ".incomplete";

  CacheFolder {
    if (!Names.isRepository(repository)) {
      throw new IllegalArgumentException("unchecked name " + Names.shown(repository));
    }
  }

  Path root() {
    return cache.resolve(PREFIX + repository.replace("/", "--"));
  }

  Path blobs() {
    return root().resolve("blobs");
  }

  Path blob(String etag) {
    return within(blobs(), etag);
  }

  Path incomplete(String etag) {
    return within(blobs(), etag + INCOMPLETE);
  }

  Path lock(String etag) {
    Path locks = cache.resolve(".locks").resolve(PREFIX + repository.replace("/", "--"));
    return within(locks, etag + ".lock");
  }

  Path refs() {
    return root().resolve("refs");
  }

  Path ref(String revision) {
    return within(refs(), revision);
  }

  Path snapshots() {
    return root().resolve("snapshots");
  }

  Path snapshot(String commit) {
    return within(snapshots(), commit);
  }

  /**
   * The commit that a revision stood for when it was last fetched, if any: through {@code refs}, or
   * because a snapshot bears that very name.
   */
  Optional<String> commit(String revision) {
    Path ref = ref(revision);
    try {
      if (Files.isRegularFile(ref)) {
        String commit = Files.readString(ref).strip();
        return Optional.of(commit).filter(Names::isCommit);
      }
    } catch (NoSuchFileException e) {
      // Another process removed the model a moment ago: as if it had never been there.
    } catch (IOException e) {
      throw Disk.failure(ref, e);
    }
    return Optional.of(revision)
        .filter(Names::isCommit)
        .filter(name -> Files.isDirectory(snapshot(name)));
  }

  /** Lets {@code snapshots/COMMIT/FILE} show the blob, by a relative link where links exist. */
  void link(String commit, String file, String etag) {
    Path blob = blob(etag);
    Path pointer = within(snapshot(commit), file);
    Path folder = Disk.folder(Disk.parent(pointer));
    requireInside(folder);
    Path aside = folder.resolve("." + Disk.fileName(pointer) + ".loupe");
    try {
      Files.deleteIfExists(aside);
      try {
        Files.createSymbolicLink(aside, folder.relativize(blob));
      } catch (UnsupportedOperationException | IOException e) {
        // Windows without developer mode: the Hugging Face client keeps the file itself there too.
        Files.copy(blob, aside, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(
          aside, pointer, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw Disk.failure(pointer, e);
    }
  }

  /** Refuses a folder of the model that is a link to somewhere else. */
  void requireInside(Path folder) {
    try {
      Path real = folder.toRealPath();
      if (!real.startsWith(cache.toRealPath())
          || Files.isSymbolicLink(root())
          || !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw LoupeException.badInput(
            folder + " leads out of the model cache to " + real,
            "Remove that link, or set HF_HUB_CACHE to where the models lie.");
      }
    } catch (IOException e) {
      throw Disk.failure(folder, e);
    }
  }

  private static Path within(Path folder, String name) {
    Path path = folder.resolve(name).normalize();
    if (!path.startsWith(folder.normalize()) || path.equals(folder.normalize())) {
      throw new IllegalArgumentException("unchecked name " + Names.shown(name));
    }
    return path;
  }
}
