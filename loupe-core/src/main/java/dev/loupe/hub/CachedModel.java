package dev.loupe.hub;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the cache holds of one model.
 *
 * @param name its name on the hub
 * @param path its folder in the cache
 * @param bytes what it takes on disk, parts of downloads included
 * @param lastUsed when any of its files was last read or written, as far as the disk records it
 * @param revisions its snapshots
 */
public record CachedModel(
    String name, Path path, long bytes, Instant lastUsed, List<Revision> revisions) {
  public CachedModel {
    revisions = List.copyOf(revisions);
  }

  /**
   * One snapshot.
   *
   * @param commit the name of its folder
   * @param refs the branches and tags that stand for it
   * @param bytes the sum of its files; two revisions may share them
   */
  public record Revision(String commit, List<String> refs, long bytes, List<CachedFile> files) {
    public Revision {
      refs = List.copyOf(refs);
      files = List.copyOf(files);
    }
  }

  /**
   * One file of a snapshot.
   *
   * @param name its path within the snapshot
   * @param sha256 the name of its blob, where that is a SHA-256
   */
  public record CachedFile(String name, long bytes, Optional<String> sha256) {}
}
