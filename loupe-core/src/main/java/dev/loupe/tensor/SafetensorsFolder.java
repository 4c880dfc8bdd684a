package dev.loupe.tensor;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.ForeignWeights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The checkpoint of a Hugging Face folder: {@code model.safetensors}, or else the shards that
 * {@code model.safetensors.index.json} names. Index and shards must agree: each listed tensor is in
 * its shard, and no two shards hold the same name. A tensor that the index forgot is there all the
 * same.
 */
public final class SafetensorsFolder implements TensorStore {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path folder;
  private final List<Safetensors> shards;
  private final SequencedMap<String, StoredTensor> tensors;
  private final Map<String, String> metadata;

  private SafetensorsFolder(
      Path folder, List<Safetensors> shards, SequencedMap<String, StoredTensor> tensors) {
    this.folder = folder;
    this.shards = List.copyOf(shards);
    this.tensors = Collections.unmodifiableSequencedMap(tensors);
    Map<String, String> texts = new LinkedHashMap<>();
    shards.forEach(shard -> texts.putAll(shard.metadata()));
    this.metadata = Collections.unmodifiableMap(texts);
  }

  /** Whether the folder holds a checkpoint that {@link #open} understands. */
  public static boolean isPresent(Path folder) {
    return Files.exists(folder.resolve(SINGLE)) || Files.exists(folder.resolve(INDEX));
  }

  /**
   * Opens the checkpoint of a folder.
   *
   * @throws LoupeException if there is none, a shard is missing, or a file is malformed
   */
  public static TensorStore open(Path folder) {
    if (Files.exists(folder.resolve(SINGLE))) {
      return Safetensors.open(folder.resolve(SINGLE));
    }
    if (Files.exists(folder.resolve(INDEX))) {
      return openShards(folder, new SafetensorsIndex(folder.resolve(INDEX)).shards());
    }
    throw ForeignWeights.in(folder)
        .orElseGet(() ->
            LoupeException.badInput(
                folder + ": holds neither " + SINGLE + " nor " + INDEX,
                "Name a folder with a checkpoint in safetensors format."));
  }

  private static TensorStore openShards(Path folder, SequencedMap<String, Path> index) {
    LinkedHashSet<Path> paths = new LinkedHashSet<>(index.values());
    List<String> missing =
        paths.stream()
            .filter(path -> !Files.exists(path))
            .map(path -> folder.relativize(path).toString())
            .sorted()
            .toList();
    if (!missing.isEmpty()) {
      throw LoupeException.badInput(
          "%s: %d of the %d shards that %s names are missing: %s"
              .formatted(folder, missing.size(), paths.size(), INDEX, String.join(", ", missing)),
          "Fetch the missing shards into that folder.");
    }
    List<Safetensors> shards = new ArrayList<>();
    boolean opened = false;
    try {
      for (Path path : paths) {
        shards.add(Safetensors.open(path));
      }
      SafetensorsFolder result = new SafetensorsFolder(folder, shards, join(folder, index, shards));
      opened = true;
      return result;
    } finally {
      if (!opened) {
        shards.forEach(Safetensors::close);
      }
    }
  }

  private static SequencedMap<String, StoredTensor> join(
      Path folder, SequencedMap<String, Path> index, List<Safetensors> shards) {
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    Map<String, String> origins = new LinkedHashMap<>();
    for (Safetensors shard : shards) {
      shard
          .tensors()
          .forEach((name, tensor) -> {
            Optional<String> earlier = Optional.ofNullable(origins.put(name, shard.origin()));
            if (earlier.isPresent()) {
              throw fault(
                  folder,
                  "tensor " + name + " is in " + earlier.get() + " and in " + shard.origin());
            }
            tensors.put(name, tensor);
          });
    }
    index.forEach((name, path) -> {
      if (!path.toString().equals(origins.get(name))) {
        throw fault(folder, "tensor " + name + " is not in " + path + ", where the index puts it");
      }
    });
    return tensors;
  }

  private static LoupeException fault(Path folder, String what) {
    return LoupeException.badInput(
        folder + ": " + what, "The shards do not belong together: download the checkpoint again.");
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public String origin() {
    return folder.toString();
  }

  @Override
  public void close() {
    shards.forEach(Safetensors::close);
  }
}
