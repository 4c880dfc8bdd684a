package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The models that come with Loupe. */
public final class ShippedModels {
  /** The model that commands open when none is named. */
  public static final String DEFAULT = "almanac";

  private final Shelf shelf;

  /**
   * A model, or a dictionary.
   *
   * @param name its name for the user
   * @param about one line on what it is
   * @param parameters how many numbers it has
   * @param world the seed of the Almanac that it was trained on, of a model that was
   * @param files what it consists of
   */
  public record Shipped(
      String name,
      String about,
      long parameters,
      OptionalLong world,
      List<CachedModel.CachedFile> files) {
    public Shipped {
      files = List.copyOf(files);
    }

    /** What it takes on disk. */
    public long bytes() {
      return files.stream().mapToLong(CachedModel.CachedFile::bytes).sum();
    }

    /** A name for exactly these bytes. */
    String revision() {
      var sums = new StringBuilder();
      files.forEach(file -> sums.append(file.sha256().orElseThrow()).append(file.name()));
      return Checksum.SHA256.sum(sums.toString()).substring(0, 16);
    }
  }

  /** Those of this package, to be unpacked below {@code loupeCache}. */
  public static ShippedModels of(Path loupeCache) {
    return new ShippedModels("/dev/loupe/models/", loupeCache);
  }

  ShippedModels(String resources, Path loupeCache) {
    this.shelf = new Shelf(resources, loupeCache.resolve("models"));
  }

  /** All of them, the default first. */
  public List<Shipped> list() {
    return shelf.list();
  }

  /**
   * The one that a reference means, if any: a plain name, without a revision or a file.
   *
   * @throws dev.loupe.fault.LoupeException if it means one that is not on the class path
   */
  public Optional<Shipped> meantBy(ModelReference reference) {
    return reference instanceof ModelReference.Named named
            && named.revision().isEmpty()
            && named.file().isEmpty()
        ? named(named.repository())
        : Optional.empty();
  }

  private Optional<Shipped> named(String name) {
    if (shelf.list().isEmpty() && (name.equals(DEFAULT) || name.startsWith(DEFAULT + "-"))) {
      throw LoupeException.badInput(
          name + " comes with the artifact dev.loupe:loupe-models, which is not on the class path",
          "Add that artifact, or name another model.");
    }
    return shelf.named(name);
  }

  /**
   * The model as files on disk; unpacks it if it is not there.
   *
   * @throws dev.loupe.fault.LoupeException if the cache cannot be written or the package is damaged
   */
  public LocalModel unpacked(Shipped model) {
    Snapshot snapshot = Snapshot.of(shelf.unpacked(model));
    return new LocalModel(
        model.name(),
        model.revision(),
        snapshot
            .location()
            .orElseThrow(() -> Shelf.damaged(model.name(), snapshot.missing().toString())),
        snapshot.weights());
  }
}
