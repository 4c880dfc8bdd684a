package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.model.training.BlockMap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * The sums of a group of maps within a pass over the corpus, kept from time to time in {@code
 * begun.safetensors} of the fit's folder: a pass over many documents takes hours, and a run that is
 * killed in it goes on from there, to the same bytes.
 */
final class BegunGroup {
  /** So much work a kill may cost. */
  static final Duration EVERY = Duration.ofMinutes(5);

  private static final String NAME = "begun.safetensors";
  private static final String STAGE = "stage";
  private static final String BATCHES = "batches";
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final SequencedMap<String, String> identity;
  private final Duration every;
  private long last = System.nanoTime();

  /**
   * @param every how long to wait between two writes
   */
  BegunGroup(
      Path folder, SequencedMap<String, String> identity, List<BlockMap> group, Duration every) {
    this.file = folder.resolve(NAME);
    this.identity = new LinkedHashMap<>(identity);
    this.identity.put("tokens of a batch", "" + CurvatureFit.BATCH_TOKENS);
    this.identity.put("maps", group.stream().map(BlockMap::name).collect(Collectors.joining(" ")));
    this.every = every;
  }

  /**
   * Sums that were kept.
   *
   * @param batches that they hold
   */
  record Kept(int batches, Map<String, double[]> sums) {
    double[] of(String name) {
      double[] found = sums.get(name);
      if (found == null) {
        throw new IllegalStateException(name + " was not kept");
      }
      return found;
    }
  }

  /** What a stage of this very group has kept; nothing where another was under way, or none. */
  Optional<Kept> find(String stage) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (Safetensors stored = Safetensors.open(file)) {
      Map<String, String> metadata = stored.metadata();
      if (!stage.equals(metadata.get(STAGE))
          || !metadata.entrySet().containsAll(identity.entrySet())) {
        return Optional.empty();
      }
      Map<String, double[]> sums = new LinkedHashMap<>();
      for (StoredTensor each : stored.tensors().values()) {
        sums.put(each.name(), each.bytes().toArray(DOUBLE));
      }
      return Optional.of(new Kept(Integer.parseInt(metadata.getOrDefault(BATCHES, "0")), sums));
    }
  }

  /** Writes, if the last time is long enough ago. */
  void keep(String stage, int batches, Map<String, Tensor> sums) {
    if (System.nanoTime() - last < every.toNanos()) {
      return;
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    identity.forEach(writer::metadata);
    writer.metadata(STAGE, stage).metadata(BATCHES, "" + batches);
    sums.forEach((name, sum) -> writer.add(name, sum.to(DType.F64).toDoubles(), sum.shape()));
    writer.write(file);
    last = System.nanoTime();
  }

  /** The group is finished. */
  void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw FileFault.cannotWrite(file, e);
    }
  }
}
