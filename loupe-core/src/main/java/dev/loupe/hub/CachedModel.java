package dev.loupe.hub;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the cache holds of one model.
 *
 * @param name its name on the hub
 * @param path its folder in the cache
 * @param bytes what it takes on disk, parts of downloads included
 * @param lastUsed when any of its files was last read or written, as far as the disk records it
 * @param revisions its snapshots
 * @param parts unfinished downloads
 */
public record CachedModel(
    String name, Path path, long bytes, Instant lastUsed, List<Revision> revisions, Parts parts) {
  public CachedModel {
    revisions = List.copyOf(revisions);
  }

  /**
   * One snapshot.
   *
   * @param commit the name of its folder
   * @param refs the branches and tags that point to it
   * @param bytes the sum of its files; two revisions may share them
   * @param missing what it lacks of a model that opens, as after an interrupted download
   */
  public record Revision(
      String commit, List<String> refs, long bytes, List<CachedFile> files, List<String> missing) {
    public Revision {
      refs = List.copyOf(refs);
      files = List.copyOf(files);
      missing = List.copyOf(missing);
    }
  }

  /**
   * Files of which only the beginning has arrived.
   *
   * @param bytes what has arrived of them
   */
  public record Parts(int files, long bytes) {}

  /** What is missing, a phrase for each gap; empty if it is complete. */
  public List<String> gaps() {
    List<String> gaps = new ArrayList<>();
    for (Revision revision : revisions) {
      if (!revision.missing().isEmpty()) {
        String which = revision.refs().isEmpty() ? revision.commit() : revision.refs().getFirst();
        gaps.add(which + " lacks " + String.join(", ", revision.missing()));
      }
    }
    if (parts.files() > 0) {
      gaps.add(
          String.format(
              Locale.ROOT,
              "%d %s begun, %,d bytes of %s",
              parts.files(),
              parts.files() == 1 ? "download" : "downloads",
              parts.bytes(),
              parts.files() == 1 ? "it" : "them"));
    } else if (revisions.isEmpty()) {
      gaps.add("no snapshot of it");
    }
    return gaps;
  }

  /** The command that fetches what is missing. */
  public String completedBy() {
    String revision =
        revisions.stream()
            .filter(each -> !each.missing().isEmpty())
            .findFirst()
            .filter(each -> !each.refs().contains("main"))
            .flatMap(each ->
                each.refs().isEmpty()
                    // A download that was cut short has no ref yet: most often it was that of main.
                    ? Optional.of("@" + each.commit()).filter(_ -> revisions.size() > 1)
                    : Optional.of("@" + each.refs().getFirst()))
            .orElse("");
    return "loupe models pull " + name + revision;
  }

  /**
   * One file of a snapshot.
   *
   * @param name its path within the snapshot
   * @param sha256 the name of its blob, where that is a SHA-256
   */
  public record CachedFile(String name, long bytes, Optional<String> sha256) {}
}
