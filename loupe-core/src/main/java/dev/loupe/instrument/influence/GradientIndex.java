package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.hub.Checksum;
import dev.loupe.job.Run;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.report.ReportFile;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a backward pass of every document brought to the maps, in bytes, so that a further question
 * needs no pass over them: a document's score along a direction X is {@code Σ_t g_tᵀ X a_t}. The
 * folder {@code index} of a fit has {@code index.json}, written last, and memory-mapped parts
 * ({@link IndexPart}).
 */
final class GradientIndex {
  static final String VERSION = "3";

  static final String FOLDER = "index";
  private static final String NAME = "index.json";
  private static final String AGAIN =
      "Delete the folder 'index' in the fit, and fit again with an index.";

  /** Rows that are multiplied at once: their products stay in the processor's cache. */
  private static final int TOGETHER = 1024;

  private final Path folder;
  private final int parts;

  private GradientIndex(Path folder, int parts) {
    this.folder = folder;
    this.parts = parts;
  }

  static Path part(Path folder, int number) {
    return folder.resolve("part-%05d.safetensors".formatted(number));
  }

  /** Bytes that a token has in an index: two rows of each map with their steps. */
  static long bytesOfAToken(SequenceGradients network, Collection<BlockMap> maps) {
    return maps.stream()
        .map(network::size)
        .mapToLong(size -> size.inputs() + size.outputs() + 2L * Float.BYTES)
        .sum();
  }

  /**
   * All documents, scored.
   *
   * @param scores by document
   * @param norms of the whole gradients, by document
   * @param bytes of all parts
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Scored(List<Sequence> sequences, double[] scores, double[] norms, long bytes) {}

  /**
   * Reads every part once.
   *
   * @param direction X of each map, {@code [out, columns]}
   */
  Scored score(SequenceGradients network, Map<BlockMap, Tensor> direction, Run run) {
    try (var _ = NativeScope.open()) {
      Map<BlockMap, ByteDirection> directions = new LinkedHashMap<>();
      direction.forEach(
          (map, each) -> directions.put(map, ByteDirection.of(each, network.size(map))));
      return score(directions, run);
    }
  }

  private Scored score(Map<BlockMap, ByteDirection> directions, Run run) {
    List<Sequence> sequences = new ArrayList<>();
    List<double[]> scores = new ArrayList<>();
    List<double[]> norms = new ArrayList<>();
    long bytes = 0;
    for (int number = 0; number < parts; number++) {
      run.check();
      try (Safetensors file = Safetensors.open(part(folder, number))) {
        List<Sequence> here = IndexPart.sequences(file);
        float[] lengths = IndexPart.tensor(file, "norms", DType.F32).toFloats();
        if (lengths.length != here.size()) {
          throw IndexPart.damaged(file, "it has %d norms".formatted(lengths.length));
        }
        double[] byRow = new double[IndexPart.rows(here)];
        directions.forEach((map, each) -> add(file, map, each, byRow, run));
        double[] byDocument = new double[here.size()];
        int row = 0;
        for (int n = 0; n < byDocument.length; n++) {
          for (int t = 0; t < IndexPart.rows(here.get(n)); t++) {
            byDocument[n] += byRow[row++];
          }
        }
        sequences.addAll(here);
        scores.add(byDocument);
        norms.add(IntStream.range(0, lengths.length).mapToDouble(n -> lengths[n]).toArray());
      }
      bytes += part(folder, number).toFile().length();
    }
    return new Scored(sequences, joined(scores), joined(norms), bytes);
  }

  private static double[] joined(List<double[]> parts) {
    return parts.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  private static void add(
      Safetensors file, BlockMap map, ByteDirection direction, double[] byRow, Run run) {
    SequenceGradients.MapSize size = direction.size();
    var inputs = KeptRows.Mapped.of(file, map, IndexPart.INPUTS, byRow.length, size.inputs());
    var gradients =
        KeptRows.Mapped.of(file, map, IndexPart.GRADIENTS, byRow.length, size.outputs());
    for (int from = 0; from < byRow.length; from += TOGETHER) {
      run.check();
      int to = Math.min(byRow.length, from + TOGETHER);
      try (var _ = NativeScope.open()) {
        double[] found = direction.scores(inputs, gradients, from, to).toDoubles();
        for (int i = 0; i < found.length; i++) {
          byRow[from + i] += found[i];
        }
      }
    }
  }

  // ---- the folder

  /** Ends an index. */
  static void finish(
      Path folder, Map<String, String> identity, Collection<BlockMap> maps, int parts) {
    ObjectNode root = JsonText.mapper().createObjectNode();
    identity.forEach(root::put);
    root.put("version", VERSION);
    root.put("parts", parts);
    ArrayNode names = root.putArray("maps");
    maps.forEach(map -> names.add(map.name()));
    ReportFile.write(
        folder.resolve(NAME),
        out -> {
          ObjectNode files = root.putObject("files");
          for (int number = 0; number < parts; number++) {
            Path part = part(folder, number);
            files.put(String.valueOf(part.getFileName()), Checksum.SHA256.sum(part));
          }
          out.write(root.toPrettyString() + "\n");
        });
  }

  /**
   * The index of a fit, if it has one that is finished; its files' checksums are compared.
   *
   * @param identity of the fit
   * @throws LoupeException if it belongs to another fit, or a file is damaged
   */
  static Optional<GradientIndex> open(
      Path fit, Map<String, String> identity, Collection<BlockMap> maps) {
    Path folder = fit.resolve(FOLDER);
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode root = JsonText.read(file);
      if (!root.path("version").asString("").equals(VERSION)) {
        throw LoupeException.badInput(
            file + " is of another version; this Loupe reads version " + VERSION, AGAIN);
      }
      identity.forEach((key, value) -> {
        if (!root.path(key).asString("").equals(value)) {
          throw LoupeException.badInput(
              "%s belongs to another fit: %s differs".formatted(file, key), AGAIN);
        }
      });
      int parts = root.path("parts").asInt(0);
      for (int number = 0; number < parts; number++) {
        Path part = part(folder, number);
        String wanted = root.path("files").path(String.valueOf(part.getFileName())).asString("");
        if (!Files.exists(part) || !Checksum.SHA256.sum(part).equals(wanted)) {
          throw LoupeException.badInput(
              part + " is missing or damaged: its SHA-256 is not the recorded one", AGAIN);
        }
      }
      List<String> names = new ArrayList<>();
      root.path("maps").forEach(each -> names.add(each.asString("")));
      if (!names.equals(maps.stream().map(BlockMap::name).toList())) {
        throw LoupeException.badInput(file + " does not have the maps of the fit", AGAIN);
      }
      return Optional.of(new GradientIndex(folder, parts));
    } catch (IOException | JacksonException e) {
      throw FileFault.cannotRead(file, AGAIN, e);
    }
  }
}
