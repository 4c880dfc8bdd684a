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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gradients of all documents, compressed, so that a further question needs no pass over them. A
 * gradient is rotated into the eigenbasis of each map; of all maps' components those of largest Λ /
 * (Λ + λ) are kept, divided by the root of Λ + λ, and rounded to a byte. The folder {@code index}
 * of a fit has {@code index.json}, written last, and parts of so many documents each,
 * memory-mapped.
 */
final class GradientIndex {
  /** Documents of a part. */
  static final int PART = 8192;

  static final String FOLDER = "index";
  private static final String NAME = "index.json";
  private static final String AGAIN =
      "Delete the folder 'index' in the fit, and fit again with an index.";

  private final Path folder;
  private final Components components;
  private final int parts;

  private GradientIndex(Path folder, Components components, int parts) {
    this.folder = folder;
    this.components = components;
    this.parts = parts;
  }

  /**
   * Which components are kept.
   *
   * @param positions by map, places in its matrix {@code [out, in + 1]}, rows first; in the order
   *     of the index
   * @param scales by map, one over the root of Λ + λ
   * @param share of the sum of Λ / (Λ + λ) that they carry
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Components(
      SequencedMap<BlockMap, long[]> positions,
      SequencedMap<BlockMap, float[]> scales,
      double share) {
    int count() {
      return positions.values().stream().mapToInt(each -> each.length).sum();
    }

    /** The best of all maps; λ is each map's usual damping. */
    static Components choose(Map<BlockMap, MapFactors> factors, int count) {
      record Candidate(double weight, BlockMap map, long position) {}

      List<Candidate> candidates = new ArrayList<>();
      double all = 0;
      for (Map.Entry<BlockMap, MapFactors> each : factors.entrySet()) {
        try (var _ = NativeScope.open()) {
          Tensor lambda = each.getValue().lambda();
          Tensor weights =
              lambda.dividedBy(lambda.plus(each.getValue().heuristicDamping())).reshape(-1);
          all += weights.sum().item();
          Tensor.Top top = weights.topK(Math.toIntExact(Math.min(count, weights.count())), 0);
          double[] values = top.values().toDoubles();
          long[] places = top.indices().toLongs();
          for (int i = 0; i < values.length; i++) {
            candidates.add(new Candidate(values[i], each.getKey(), places[i]));
          }
        }
      }
      candidates.sort((a, b) -> Double.compare(b.weight, a.weight));
      List<Candidate> kept = candidates.subList(0, Math.min(count, candidates.size()));
      SequencedMap<BlockMap, long[]> positions = new LinkedHashMap<>();
      SequencedMap<BlockMap, float[]> scales = new LinkedHashMap<>();
      factors.forEach((map, of) -> {
        long[] here =
            kept.stream().filter(c -> c.map.equals(map)).mapToLong(Candidate::position).toArray();
        double[] lambda = of.lambda().toDoubles();
        double damping = of.heuristicDamping();
        float[] scale = new float[here.length];
        for (int i = 0; i < here.length; i++) {
          scale[i] = (float) (1 / Math.sqrt(lambda[Math.toIntExact(here[i])] + damping));
        }
        positions.put(map, here);
        scales.put(map, scale);
      });
      return new Components(
          positions, scales, kept.stream().mapToDouble(Candidate::weight).sum() / all);
    }
  }

  Components components() {
    return components;
  }

  static Path part(Path folder, int number) {
    return folder.resolve("part-%05d.safetensors".formatted(number));
  }

  /** What a direction weighs in each component: its rotated entry over the component's scale. */
  float[] weights(Map<BlockMap, Tensor> direction, Map<BlockMap, MapFactors> factors) {
    float[] weights = new float[components.count()];
    int at = 0;
    for (BlockMap map : components.positions().keySet()) {
      long[] here = CurvatureFit.of(components.positions(), map);
      float[] scale = CurvatureFit.of(components.scales(), map);
      try (var _ = NativeScope.open()) {
        double[] rotated =
            CurvatureFit.of(factors, map)
                .rotated(CurvatureFit.of(direction, map))
                .contiguous()
                .toDoubles();
        for (int i = 0; i < here.length; i++) {
          weights[at++] = (float) (rotated[Math.toIntExact(here[i])] / scale[i]);
        }
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
    int width = components.count();
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
  static void finish(Path folder, Map<String, String> identity, Components components, int parts) {
    ObjectNode root = JsonText.mapper().createObjectNode();
    identity.forEach(root::put);
    root.put("share", components.share());
    root.put("parts", parts);
    ObjectNode maps = root.putObject("components");
    components.positions().forEach((map, each) -> maps.put(map.name(), each.length));
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
      int count = 0;
      for (BlockMap map : factors.keySet()) {
        count += root.path("components").path(map.name()).asInt(0);
      }
      // Which components they are follows from Λ, as when the index was made.
      Components components = Components.choose(factors, count);
      components
          .positions()
          .forEach((map, each) -> {
            if (root.path("components").path(map.name()).asInt(0) != each.length) {
              throw LoupeException.badInput(file + " does not fit the curvature beside it", AGAIN);
            }
          });
      return Optional.of(new GradientIndex(folder, components, parts));
    } catch (IOException | JacksonException e) {
      throw FileFault.cannotRead(file, AGAIN, e);
    }
  }
}
