package dev.loupe.model.training;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The saved states of a training, one folder each. A folder is written under a temporary name and
 * moved, so that one with a proper name is whole; {@code training.json} is next to what the
 * training puts into it. The last are kept, two unless asked otherwise, and the one with the best
 * evaluation.
 */
public final class Checkpoints {
  private static final String PREFIX = "step-";

  /** How many of the last are kept. */
  public static final int KEPT = 2;

  private static final String STATE = "training.json";

  private final Path folder;
  private final int kept;

  /**
   * @param folder of the training
   */
  public Checkpoints(Path folder) {
    this(folder, KEPT);
  }

  /**
   * @param folder of the training
   * @param kept how many of the last stay
   */
  public Checkpoints(Path folder, int kept) {
    this.folder = folder.resolve("checkpoints");
    this.kept = kept;
  }

  /** Writes what a training keeps. */
  @FunctionalInterface
  public interface Contents {
    /**
     * Writes it into a folder that is there and empty.
     *
     * @throws LoupeException if the disk refuses
     */
    void write(Path folder);
  }

  /**
   * A saved state.
   *
   * @param folder its files
   * @param step the last one made
   * @param evaluation loss on held-out rows after that step, if it was taken
   * @param plan the training's fingerprint
   */
  public record Checkpoint(
      Path folder, int step, OptionalDouble evaluation, Map<String, String> plan) {
    /**
     * Fails unless it belongs to that training.
     *
     * @throws LoupeException naming the first setting that differs
     */
    public void requirePlan(SequencedMap<String, String> wanted) {
      Set<String> names = new LinkedHashSet<>(wanted.keySet());
      names.addAll(plan.keySet());
      for (String name : names) {
        String saved = plan.getOrDefault(name, "not set");
        String asked = wanted.getOrDefault(name, "not set");
        if (!saved.equals(asked)) {
          throw LoupeException.badInput(
              "%s: the checkpoint belongs to another training: %s was %s, now it is %s"
                  .formatted(folder, name, saved, asked),
              "Use the same settings to resume, or train into another folder.");
        }
      }
    }

    /**
     * Copies a saved tensor.
     *
     * @throws LoupeException if it has another type or size
     */
    public void copy(StoredTensor stored, Tensor target) {
      if (!stored.dtype().equals(target.dtype()) || stored.elements() != target.count()) {
        throw LoupeException.badInput(
            "%s: tensor %s is %s %s, not %s"
                .formatted(folder, stored.name(), stored.dtype(), stored.shape(), target),
            "The checkpoint is damaged: delete its folder to resume from the one before.");
      }
      MemorySegment.copy(stored.bytes(), 0, target.segment(), 0, stored.bytes().byteSize());
    }
  }

  /** The newest, if any; what a killed run left incomplete is removed. */
  public Optional<Checkpoint> latest() {
    for (Path entry : Files.isDirectory(folder) ? entries() : List.<Path>of()) {
      if (entry.getFileName().toString().startsWith(".")) {
        delete(entry);
      }
    }
    return all().stream().max(Comparator.comparingInt(Checkpoint::step));
  }

  /**
   * Saves a state and removes those that are no longer needed.
   *
   * @throws LoupeException if the disk refuses; earlier checkpoints are untouched then
   */
  public Path save(
      int step, OptionalDouble evaluation, Map<String, String> plan, Contents contents) {
    Path target = folder.resolve("%s%08d".formatted(PREFIX, step));
    Path aside = folder.resolve(".%s.part".formatted(target.getFileName()));
    try {
      Files.createDirectories(folder);
      delete(aside);
      Files.createDirectory(aside);
      contents.write(aside);
      ModelFolder.writeText(aside.resolve(STATE), state(step, evaluation, plan));
      if (Files.exists(target)) {
        delete(target); // the same step of the same training, made again
      }
      Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      delete(aside);
      throw FileFault.cannotWrite(target, e);
    } catch (LoupeException e) {
      delete(aside);
      throw e;
    }
    prune();
    return target;
  }

  private static String state(int step, OptionalDouble evaluation, Map<String, String> plan) {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("step", step);
    evaluation.ifPresent(loss -> root.put("evaluation_loss", loss));
    ObjectNode settings = root.putObject("plan");
    plan.forEach(settings::put);
    return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  private void prune() {
    List<Checkpoint> all = all();
    all.sort(Comparator.comparingInt(Checkpoint::step).reversed());
    Set<Path> staying = new HashSet<>();
    all.stream().limit(kept).map(Checkpoint::folder).forEach(staying::add);
    all.stream()
        .filter(checkpoint -> checkpoint.evaluation().isPresent())
        .min(Comparator.comparingDouble(checkpoint -> checkpoint.evaluation().getAsDouble()))
        .map(Checkpoint::folder)
        .ifPresent(staying::add);
    for (Checkpoint checkpoint : all) {
      if (!staying.contains(checkpoint.folder())) {
        delete(checkpoint.folder());
      }
    }
  }

  /** Those that are whole. */
  List<Checkpoint> all() {
    List<Checkpoint> all = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return all;
    }
    for (Path entry : entries()) {
      if (entry.getFileName().toString().startsWith(PREFIX)) {
        all.add(read(entry));
      }
    }
    return all;
  }

  private List<Path> entries() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw FileFault.cannotRead(folder, e);
    }
  }

  private static Checkpoint read(Path folder) {
    try {
      JsonNode root = JsonMapper.shared().readTree(Files.readString(folder.resolve(STATE)));
      Map<String, String> plan = new LinkedHashMap<>();
      root.path("plan").properties().forEach(e -> plan.put(e.getKey(), e.getValue().asString()));
      JsonNode evaluation = root.path("evaluation_loss");
      return new Checkpoint(
          folder,
          root.path("step").asInt(),
          evaluation.isNumber() ? OptionalDouble.of(evaluation.asDouble()) : OptionalDouble.empty(),
          plan);
    } catch (IOException | JacksonException e) {
      throw FileFault.cannotRead(
          folder.resolve(STATE),
          "The checkpoint is damaged: delete its folder to resume from the one before.",
          e);
    }
  }

  /** Hidden by another name first, so that a kill leaves no half of a checkpoint. */
  private static void delete(Path path) {
    if (!Files.exists(path)) {
      return;
    }
    try {
      Path doomed = path;
      if (!path.getFileName().toString().startsWith(".")) {
        doomed = path.resolveSibling(".%s.deleted".formatted(path.getFileName()));
        Files.move(path, doomed, StandardCopyOption.ATOMIC_MOVE);
      }
      try (Stream<Path> files = Files.walk(doomed)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw FileFault.cannotWrite(path, e);
    }
  }
}
