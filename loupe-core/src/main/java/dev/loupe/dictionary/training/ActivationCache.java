package dev.loupe.dictionary.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.dictionary.Place;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.Checksum;
import dev.loupe.model.Tap;
import dev.loupe.model.training.ModelFolder;
import dev.loupe.report.ReportFile;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Buffers of activations on disk, a shard each, for another training on the same rows. {@code
 * cache.json} records their inputs and the SHA-256 of each shard; a shard that it does not list
 * does not count.
 */
final class ActivationCache {
  private static final String NOTE = "cache.json";

  private final Path folder;
  private final List<Tap> taps;
  private final SequencedMap<String, String> made = new LinkedHashMap<>();
  private final SequencedMap<Long, String> checksums = new LinkedHashMap<>();

  ActivationCache(
      Path folder,
      List<Tap> taps,
      int rowsPerShard,
      DictionaryPlan.Result model,
      DictionaryPlan.Stream stream,
      TrainingRows corpus) {
    this.folder = folder;
    this.taps = taps;
    made.put("model", model.modelSha256());
    made.put("taps", String.join(" ", taps.stream().map(Place::name).toList()));
    made.put("rows of a shard", Integer.toString(rowsPerShard));
    made.put("left out", stream.leftOut().toString());
    made.put("corpus", corpus.sample());
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileFault.cannotWrite(folder, e);
    }
    if (Files.exists(folder.resolve(NOTE))) {
      readNote();
    }
  }

  private void readNote() {
    Path note = folder.resolve(NOTE);
    try {
      JsonNode root = JsonMapper.shared().readTree(Files.readString(note));
      made.forEach((name, wanted) -> {
        String found = root.path("made of").path(name).asString("not set");
        if (!found.equals(wanted)) {
          throw LoupeException.badInput(
              "%s: holds other activations: %s was %s, now it is %s"
                  .formatted(folder, name, found, wanted),
              "Name another folder for `cache`, or delete this one.");
        }
      });
      root.path("shards")
          .properties()
          .forEach(
              entry -> checksums.put(Long.parseLong(entry.getKey()), entry.getValue().asString()));
    } catch (IOException | JacksonException | NumberFormatException e) {
      throw FileFault.cannotRead(note, "Delete the folder; it will be written again.", e);
    }
  }

  private Path shard(long number) {
    return folder.resolve("shard-%06d.safetensors".formatted(number));
  }

  /** Whether a shard is there. */
  boolean has(long number) {
    return checksums.containsKey(number) && Files.exists(shard(number));
  }

  /**
   * A shard's activations, each retained.
   *
   * @throws LoupeException if its bytes are not those that were written
   */
  SequencedMap<Tap, Tensor> read(long number) {
    Path file = shard(number);
    String found = checksum(file);
    if (!found.equals(checksums.get(number))) {
      throw LoupeException.badInput(
          "%s: is damaged: its SHA-256 is %s, not %s".formatted(file, found, checksums.get(number)),
          "Delete this file; it will be written again.");
    }
    SequencedMap<Tap, Tensor> all = new LinkedHashMap<>();
    try (Safetensors stored = Safetensors.open(file);
        var _ = NativeScope.open()) {
      for (Tap tap : taps) {
        StoredTensor values = stored.get(Place.name(tap));
        all.put(tap, Tensor.mapped(values.bytes(), values.dtype(), values.sizes()).copy().retain());
      }
    }
    return all;
  }

  /**
   * Writes a shard.
   *
   * @throws LoupeException if the disk refuses; the shards before stay
   */
  void write(long number, SequencedMap<Tap, Tensor> values) {
    SafetensorsWriter writer = new SafetensorsWriter();
    values.forEach((tap, each) -> ModelFolder.add(writer, Place.name(tap), each));
    writer.write(shard(number));
    checksums.put(number, checksum(shard(number)));
    ObjectNode root = JsonMapper.shared().createObjectNode();
    ObjectNode of = root.putObject("made of");
    made.forEach(of::put);
    ObjectNode shards = root.putObject("shards");
    checksums.forEach((shard, sum) -> shards.put(Long.toString(shard), sum));
    String text = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root);
    ReportFile.write(folder.resolve(NOTE), out -> out.write(text + "\n"));
  }

  private static String checksum(Path file) {
    try {
      return Checksum.SHA256.sum(file);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, "Delete this file; it will be written again.", e);
    }
  }
}
