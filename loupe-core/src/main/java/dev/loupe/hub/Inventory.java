package dev.loupe.hub;

import dev.loupe.hub.CachedModel.CachedFile;
import dev.loupe.hub.CachedModel.Parts;
import dev.loupe.hub.CachedModel.Revision;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Reads the contents of the cache. Links are followed to a file only, never to walk a folder. */
final class Inventory {
  private final Path cache;

  Inventory(Path cache) {
    this.cache = cache;
  }

  /** All models that have any file, by name. */
  List<CachedModel> models() {
    if (!Files.exists(cache)) {
      return List.of();
    }
    return folders(cache).stream()
        .map(Disk::fileName)
        .filter(name -> name.startsWith(CacheFolder.PREFIX))
        .map(name -> name.substring(CacheFolder.PREFIX.length()).replaceFirst("--", "/"))
        .filter(Names::isRepository)
        .map(name -> model(new CacheFolder(cache, name)))
        .filter(model -> model.bytes() > 0)
        .toList();
  }

  private static CachedModel model(CacheFolder folder) {
    List<Revision> revisions = new ArrayList<>();
    for (Path snapshot : folders(folder.snapshots())) {
      revisions.add(revision(folder, Disk.fileName(snapshot)));
    }
    var total = new Total();
    walk(folder.root(), total);
    return new CachedModel(
        folder.repository(), folder.root(), total.bytes, total.lastUsed, revisions, parts(folder));
  }

  /** Other clients put more between a blob's name and the ending, which is the same for all. */
  private static Parts parts(CacheFolder folder) {
    if (!Files.isDirectory(folder.blobs())) {
      return new Parts(0, 0);
    }
    List<Long> sizes = new ArrayList<>();
    walk(
        folder.blobs(),
        (file, attributes) -> {
          if (Disk.fileName(file).endsWith(CacheFolder.INCOMPLETE)) {
            sizes.add(attributes.size());
          }
        });
    return new Parts(sizes.size(), sizes.stream().mapToLong(size -> size).sum());
  }

  private static Revision revision(CacheFolder folder, String commit) {
    List<CachedFile> files = files(folder.snapshot(commit));
    long bytes = files.stream().mapToLong(CachedFile::bytes).sum();
    return new Revision(
        commit, refs(folder, commit), bytes, files, Snapshot.missing(folder.snapshot(commit)));
  }

  /** These files, which are all of a model. */
  static List<CachedFile> files(List<Path> files) {
    return files.stream()
        .map(Path::toAbsolutePath)
        .map(file -> file(Disk.parent(file), file))
        .toList();
  }

  /** The files of a folder, at any depth, by name. */
  static List<CachedFile> files(Path folder) {
    List<CachedFile> files = new ArrayList<>();
    walk(
        folder,
        (file, attributes) -> {
          if (Files.isRegularFile(file)) {
            files.add(file(folder, file));
          }
        });
    files.sort((a, b) -> a.name().compareTo(b.name()));
    return files;
  }

  private static CachedFile file(Path folder, Path file) {
    try {
      String name = folder.relativize(file).toString().replace('\\', '/');
      Optional<String> sha256 =
          Optional.of(Disk.fileName(file.toRealPath()))
              .filter(blob -> Checksum.of(blob) == Checksum.SHA256);
      return new CachedFile(name, Files.size(file), sha256);
    } catch (IOException e) {
      throw Disk.failure(file, e);
    }
  }

  /** The branches and tags whose commit this is. */
  static List<String> refs(CacheFolder folder, String commit) {
    List<String> refs = new ArrayList<>();
    if (Files.isDirectory(folder.refs(), LinkOption.NOFOLLOW_LINKS)) {
      walk(
          folder.refs(),
          (file, attributes) -> {
            String ref = folder.refs().relativize(file).toString().replace('\\', '/');
            if (Names.isRevision(ref) && folder.commit(ref).filter(commit::equals).isPresent()) {
              refs.add(ref);
            }
          });
    }
    refs.sort(String::compareTo);
    return refs;
  }

  /** The folders in a folder, links left out, by name. */
  static List<Path> folders(Path folder) {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && !Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw Disk.failure(folder, e);
    }
  }

  /** Visits every file and link below a folder, without following links. */
  static void walk(Path folder, BiConsumer<Path, BasicFileAttributes> visit) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              visit.accept(file, attributes);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw Disk.failure(folder, e);
    }
  }

  private static final class Total implements BiConsumer<Path, BasicFileAttributes> {
    private long bytes;
    private Instant lastUsed = Instant.EPOCH;

    @Override
    public void accept(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile()) {
        bytes += attributes.size();
        Instant read = attributes.lastAccessTime().toInstant();
        Instant written = attributes.lastModifiedTime().toInstant();
        Instant later = read.isAfter(written) ? read : written;
        lastUsed = later.isAfter(lastUsed) ? later : lastUsed;
      }
    }
  }
}
