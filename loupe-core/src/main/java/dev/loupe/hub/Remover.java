package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Removes models from the cache. Links are deleted and never followed; names go before bytes, so
 * that a removal cut short leaves no snapshot that claims to be whole.
 */
final class Remover {
  private final CacheFolder folder;

  Remover(CacheFolder folder) {
    this.folder = folder;
  }

  /** Removes the whole model. */
  Removal all() {
    requireThere(folder.root());
    long freed = 0;
    for (Path part : List.of(folder.refs(), folder.snapshots(), folder.root())) {
      freed += delete(part);
    }
    return new Removal(freed, 0);
  }

  /** Removes one revision, and the blobs that no other one uses. */
  Removal revision(String revision) {
    requireThere(folder.root());
    String commit =
        folder.commit(revision).orElseThrow(() -> notThere(folder.repository() + "@" + revision));
    requireThere(folder.snapshot(commit));
    List<Path> others =
        Inventory.folders(folder.snapshots()).stream()
            .filter(snapshot -> !Disk.fileName(snapshot).equals(commit))
            .toList();
    if (others.isEmpty()) {
      return all();
    }
    Set<String> used = new HashSet<>();
    others.forEach(snapshot -> used.addAll(blobs(snapshot)));
    Set<String> unused = new HashSet<>(blobs(folder.snapshot(commit)));
    unused.removeAll(used);
    for (String ref : Inventory.refs(folder, commit)) {
      delete(folder.ref(ref));
    }
    long freed = delete(folder.snapshot(commit));
    for (String blob : unused) {
      freed += delete(folder.blob(blob));
    }
    long[] kept = {0};
    Inventory.walk(
        folder.root(),
        (f, attributes) -> kept[0] += attributes.isRegularFile() ? attributes.size() : 0);
    return new Removal(freed, kept[0]);
  }

  /** The names of the blobs of this model that a snapshot's links lead to. */
  private Set<String> blobs(Path snapshot) {
    Set<String> names = new HashSet<>();
    Inventory.walk(
        snapshot,
        (file, attributes) -> {
          try {
            if (attributes.isSymbolicLink() && Files.exists(file)) {
              Path real = file.toRealPath();
              if (Disk.parent(real).equals(folder.blobs().toRealPath())) {
                names.add(Disk.fileName(real));
              }
            }
          } catch (IOException e) {
            throw Disk.failure(file, e);
          }
        });
    return names;
  }

  private void requireThere(Path path) {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw notThere(folder.repository());
    }
    folder.requireInside(path);
  }

  private LoupeException notThere(String what) {
    return LoupeException.badInput(
        what + " is not in the cache " + folder.cache(),
        "See what is there with 'loupe models list'.");
  }

  private static long delete(Path path) {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return 0;
    }
    long[] bytes = {0};
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              bytes[0] += attributes.isRegularFile() ? attributes.size() : 0;
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path at, @Nullable IOException failure)
                throws IOException {
              if (failure != null) {
                throw failure;
              }
              Files.delete(at);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw Disk.failure(path, e);
    }
    return bytes[0];
  }
}
