package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import dev.loupe.hub.ShippedModels.Shipped;
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
 * Folders that come with Loupe: resources of its package, listed in {@code index.json}. Weights are
 * mapped from files, so a folder is unpacked once into Loupe's own cache, under a name that changes
 * with its bytes; every file is checked against the index on its way. The index has sizes and
 * hashes of the files as they are on disk; weights are in the package as {@link BytePlanes}.
 */
final class Shelf {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String resources;
  private final Path cache;
  private final List<Shipped> items;

  /**
   * @param resources where the package keeps them
   * @param cache where they are unpacked
   */
  Shelf(String resources, Path cache) {
    this.resources = resources;
    this.cache = cache;
    this.items = index(resources);
  }

  /** All of them, in the order of the index. */
  List<Shipped> list() {
    return items;
  }

  Optional<Shipped> named(String name) {
    return items.stream().filter(item -> item.name().equals(name)).findFirst();
  }

  /**
   * One of them as a folder on disk; unpacks it if it is not there.
   *
   * @throws LoupeException if the cache cannot be written or the package is damaged
   */
  Path unpacked(Shipped item) {
    Path folder = cache.resolve(item.name() + "-" + item.revision());
    if (!Files.isDirectory(folder)) {
      unpack(item, folder);
    }
    return folder;
  }

  private void unpack(Shipped item, Path folder) {
    Disk.real().requireSpace(Disk.folder(cache), item.bytes(), item.name());
    try {
      Path aside = Files.createTempDirectory(cache, ".new");
      try {
        for (CachedModel.CachedFile file : item.files()) {
          copy(item, file, aside.resolve(file.name()));
        }
        Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
        // Another process was quicker; its files are the same.
      } finally {
        delete(aside, item);
      }
    } catch (IOException e) {
      throw Disk.failure(folder, e);
    }
  }

  private void copy(Shipped item, CachedModel.CachedFile file, Path to) throws IOException {
    String name = resources + item.name() + "/" + file.name();
    try (InputStream packed = resource(name + BytePlanes.SUFFIX);
        InputStream plain = resource(name)) {
      if (packed != null) {
        BytePlanes.unpack(packed, file.bytes(), to);
      } else if (plain != null) {
        Files.copy(plain, to);
      } else {
        throw damaged(item.name(), file.name() + " is missing");
      }
    } catch (EOFException | ZipException e) {
      throw damaged(item.name(), file.name() + ": " + e.getMessage());
    }
    if (!Checksum.SHA256.matches(to, file.sha256().orElseThrow())) {
      throw damaged(item.name(), file.name() + " has other bytes than its index says");
    }
  }

  private static void delete(Path folder, Shipped item) throws IOException {
    for (CachedModel.CachedFile file : item.files()) {
      Files.deleteIfExists(folder.resolve(file.name()));
    }
    Files.deleteIfExists(folder);
  }

  private static List<Shipped> index(String resources) {
    try (InputStream in = resource(resources + "index.json")) {
      List<Shipped> items = new ArrayList<>();
      for (JsonNode item : in == null ? JSON.createArrayNode() : JSON.readTree(in)) {
        items.add(shipped(item));
      }
      return List.copyOf(items);
    } catch (IOException | JacksonException e) {
      throw damaged("index.json", String.valueOf(e.getMessage()));
    }
  }

  private static Shipped shipped(JsonNode item) {
    List<CachedModel.CachedFile> files = new ArrayList<>();
    for (JsonNode file : item.path("files")) {
      files.add(
          new CachedModel.CachedFile(
              file.path("name").asString(),
              file.path("bytes").asLong(),
              Optional.of(file.path("sha256").asString())));
    }
    return new Shipped(
        item.path("name").asString(),
        item.path("about").asString(),
        item.path("parameters").asLong(),
        item.has("world") ? OptionalLong.of(item.path("world").asLong()) : OptionalLong.empty(),
        files);
  }

  private static @Nullable InputStream resource(String name) {
    return Shelf.class.getResourceAsStream(name);
  }

  static LoupeException damaged(String what, String why) {
    return LoupeException.badInput(
        "this package of Loupe is damaged: " + what + ": " + why, "Unpack or build it again.");
  }
}
