package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The models that come with Loupe: resources of its package, listed in {@code index.json}. Weights
 * are mapped from files, so a model is unpacked once into Loupe's own cache, under a name that
 * changes with its bytes; every file is checked against the index on its way. The index tells sizes
 * and sums of the files as they are on disk; weights lie in the package as {@link BytePlanes}.
 */
public final class ShippedModels {
  /** The model that commands open when none is named. */
  public static final String DEFAULT = "almanac";

  /** Where the package keeps them. */
  private static final String RESOURCES = "/dev/loupe/models/";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String resources;
  private final Path cache;
  private final List<Shipped> models;

  /**
   * One model.
   *
   * @param name what a person types
   * @param about one line on what it is
   * @param parameters how many numbers it has
   * @param world the seed of the Almanac that it was trained on, if it was on one
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
    return new ShippedModels(RESOURCES, loupeCache);
  }

  ShippedModels(String resources, Path loupeCache) {
    this.resources = resources;
    this.cache = loupeCache.resolve("models");
    this.models = index(resources);
  }

  /** All of them, the default first. */
  public List<Shipped> list() {
    return models;
  }

  /** The one that a reference means, if any: a plain name, without a revision or a file. */
  public Optional<Shipped> meantBy(ModelReference reference) {
    return reference instanceof ModelReference.Named named
            && named.revision().isEmpty()
            && named.file().isEmpty()
        ? models.stream().filter(model -> model.name().equals(named.repository())).findFirst()
        : Optional.empty();
  }

  /**
   * The model as files on disk; unpacks it if it is not there.
   *
   * @throws LoupeException if the cache cannot be written or the package is damaged
   */
  public LocalModel unpacked(Shipped model) {
    Path folder = cache.resolve(model.name() + "-" + model.revision());
    if (!Files.isDirectory(folder)) {
      unpack(model, folder);
    }
    Snapshot snapshot = Snapshot.of(folder);
    return new LocalModel(
        model.name(),
        model.revision(),
        snapshot.location().orElseThrow(() -> damaged(model.name(), snapshot.missing().toString())),
        snapshot.weights());
  }

  private void unpack(Shipped model, Path folder) {
    Disk.real().requireSpace(Disk.folder(cache), model.bytes(), model.name());
    try {
      Path aside = Files.createTempDirectory(cache, ".new");
      try {
        for (CachedModel.CachedFile file : model.files()) {
          copy(model, file, aside.resolve(file.name()));
        }
        Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
        // Another process was quicker; its files are the same.
      } finally {
        delete(aside, model);
      }
    } catch (IOException e) {
      throw Disk.failure(folder, e);
    }
  }

  private void copy(Shipped model, CachedModel.CachedFile file, Path to) throws IOException {
    String name = resources + model.name() + "/" + file.name();
    try (InputStream packed = resource(name + BytePlanes.SUFFIX);
        InputStream plain = resource(name)) {
      if (packed != null) {
        BytePlanes.unpack(packed, file.bytes(), to);
      } else if (plain != null) {
        Files.copy(plain, to);
      } else {
        throw damaged(model.name(), file.name() + " is missing");
      }
    } catch (EOFException | ZipException e) {
      throw damaged(model.name(), file.name() + ": " + e.getMessage());
    }
    if (!Checksum.SHA256.matches(to, file.sha256().orElseThrow())) {
      throw damaged(model.name(), file.name() + " has other bytes than its index says");
    }
  }

  private static void delete(Path folder, Shipped model) throws IOException {
    for (CachedModel.CachedFile file : model.files()) {
      Files.deleteIfExists(folder.resolve(file.name()));
    }
    Files.deleteIfExists(folder);
  }

  private static List<Shipped> index(String resources) {
    try (InputStream in = resource(resources + "index.json")) {
      List<Shipped> models = new ArrayList<>();
      for (JsonNode model : in == null ? JSON.createArrayNode() : JSON.readTree(in)) {
        models.add(shipped(model));
      }
      return List.copyOf(models);
    } catch (IOException | JacksonException e) {
      throw damaged("index.json", String.valueOf(e.getMessage()));
    }
  }

  private static Shipped shipped(JsonNode model) {
    List<CachedModel.CachedFile> files = new ArrayList<>();
    for (JsonNode file : model.path("files")) {
      files.add(
          new CachedModel.CachedFile(
              file.path("name").asString(),
              file.path("bytes").asLong(),
              Optional.of(file.path("sha256").asString())));
    }
    return new Shipped(
        model.path("name").asString(),
        model.path("about").asString(),
        model.path("parameters").asLong(),
        model.has("world") ? OptionalLong.of(model.path("world").asLong()) : OptionalLong.empty(),
        files);
  }

  private static @Nullable InputStream resource(String name) {
    return ShippedModels.class.getResourceAsStream(name);
  }

  private static LoupeException damaged(String what, String why) {
    return LoupeException.badInput(
        "this package of Loupe is damaged: " + what + ": " + why, "Unpack or build it again.");
  }
}
