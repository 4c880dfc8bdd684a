package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.hub.Checksum;
import dev.loupe.model.training.BlockMap;
import dev.loupe.report.ReportFile;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gradients of all documents, compressed, so that a further question needs no pass over them. A
 * gradient is rotated into the eigenbasis of each map, divided by the root of Λ + λ, projected at
 * random ({@link Sketch}), and rounded to a byte. The folder {@code index} of a fit has {@code
 * index.json}, written last, and parts of so many documents each, memory-mapped.
 */
final class GradientIndex {
  /** Documents of a part. */
  static final int PART = 8192;

  /** Of the projection. */
  static final String VERSION = "2";

  static final String FOLDER = "index";
  private static final String NAME = "index.json";
  private static final String AGAIN =
      "Delete the folder 'index' in the fit, and fit again with an index.";

  private final Path folder;
  private final Sketch sketch;
  private final int parts;

  private GradientIndex(Path folder, Sketch sketch, int parts) {
    this.folder = folder;
    this.sketch = sketch;
    this.parts = parts;
  }

  Sketch sketch() {
    return sketch;
  }

  static Path part(Path folder, int number) {
    return folder.resolve("part-%05d.safetensors".formatted(number));
  }

  /** The sketch of a direction, whose product with a document's is its score. */
  float[] weights(Map<BlockMap, Tensor> direction, Map<BlockMap, MapFactors> factors) {
    float[] weights = new float[sketch.count()];
    int at = 0;
    for (Map.Entry<BlockMap, Sketch.OfMap> each : sketch.maps().entrySet()) {
      BlockMap map = each.getKey();
      try (var _ = NativeScope.open()) {
        Tensor rotated =
            CurvatureFit.of(factors, map).rotated(CurvatureFit.of(direction, map)).reshape(1, -1);
        float[] part = each.getValue().direction(rotated).toFloats();
        System.arraycopy(part, 0, weights, at, part.length);
        at += part.length;
      }
    }
    return weights;
  }

  /**
   * All documents, scored.
   *
   * @param scores {@code [query][document]}
   * @param norms of the whole gradients, {@code [document]}
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Scored(List<Sequence> sequences, double[][] scores, double[] norms) {}

  /** Reads every part once for all queries. */
  Scored score(List<float[]> queries) {
    List<Sequence> sequences = new ArrayList<>();
    List<double[]> scores = new ArrayList<>();
    List<Float> norms = new ArrayList<>();
    int width = sketch.count();
    byte[] row = new byte[width];
    for (int number = 0; number < parts; number++) {
      try (Safetensors file = Safetensors.open(part(folder, number))) {
        List<Sequence> here = IndexPart.sequences(file);
        StoredTensor gradients = IndexPart.tensor(file, "gradients", DType.I8);
        float[] steps = IndexPart.tensor(file, "steps", DType.F32).toFloats();
        float[] lengths = IndexPart.tensor(file, "norms", DType.F32).toFloats();
        if (gradients.elements() != (long) here.size() * width
            || steps.length != here.size()
            || lengths.length != here.size()) {
          throw IndexPart.damaged(file, "its gradients are not %d a document".formatted(width));
        }
        gradients.expect();
        for (int n = 0; n < here.size(); n++) {
          MemorySegment.copy(
              gradients.bytes(), ValueLayout.JAVA_BYTE, (long) n * width, row, 0, width);
          double[] one = new double[queries.size()];
          for (int q = 0; q < one.length; q++) {
            one[q] = steps[n] * dot(queries.get(q), row);
          }
          scores.add(one);
          norms.add(lengths[n]);
        }
        sequences.addAll(here);
      }
    }
    double[][] byQuery = new double[queries.size()][sequences.size()];
    for (int q = 0; q < byQuery.length; q++) {
      int query = q;
      Arrays.setAll(byQuery[q], n -> scores.get(n)[query]);
    }
    return new Scored(sequences, byQuery, norms.stream().mapToDouble(Float::doubleValue).toArray());
  }

  /** Eight sums side by side, which the compiler turns into vectors. */
  private static double dot(float[] query, byte[] row) {
    float[] sums = new float[8];
    int k = 0;
    for (; k + 8 <= row.length; k += 8) {
      for (int i = 0; i < 8; i++) {
        sums[i] += query[k + i] * row[k + i];
      }
    }
    double sum = 0;
    for (; k < row.length; k++) {
      sum += query[k] * row[k];
    }
    for (float each : sums) {
      sum += each;
    }
    return sum;
  }

  // ---- the folder

  /** Ends an index. */
  static void finish(Path folder, Map<String, String> identity, Sketch sketch, int parts) {
    ObjectNode root = JsonText.mapper().createObjectNode();
    identity.forEach(root::put);
    root.put("version", VERSION);
    root.put("asked", sketch.asked());
    root.put("parts", parts);
    ObjectNode maps = root.putObject("components");
    sketch.maps().forEach((map, each) -> maps.put(map.name(), each.width()));
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
      Path fit, Map<String, String> identity, Map<BlockMap, MapFactors> factors) {
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
      // How it projects follows from Λ, as when the index was made.
      Sketch sketch = Sketch.of(factors, Math.max(1, root.path("asked").asInt(1)));
      sketch
          .maps()
          .forEach((map, each) -> {
            if (root.path("components").path(map.name()).asInt(0) != each.width()) {
              throw LoupeException.badInput(file + " does not fit the curvature beside it", AGAIN);
            }
          });
      return Optional.of(new GradientIndex(folder, sketch, parts));
    } catch (IOException | JacksonException e) {
      throw FileFault.cannotRead(file, AGAIN, e);
    }
  }
}
