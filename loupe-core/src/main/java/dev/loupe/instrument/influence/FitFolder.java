package dev.loupe.instrument.influence;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.hub.Checksum;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.report.ReportFile;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A fit on disk: {@code fit.json} says what was fitted, and beside it each linear map has a file
 * {@code layer-0.mlp_up.safetensors} with {@code input_basis}, {@code output_basis} and {@code
 * lambda}, whose metadata repeat the identity; a basis of several blocks has {@code input_basis.0}
 * and so on. {@code fit.json} is written last; without it the fit is begun only.
 */
final class FitFolder {
  static final String VERSION = "1";
  private static final String NAME = "fit.json";
  private static final String BLOCKS = "widest block";
  private static final String INPUT_BASIS = "input_basis";
  private static final String OUTPUT_BASIS = "output_basis";
  private static final String LAMBDA = "lambda";

  private final Path folder;

  FitFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * What a fit was made of.
   *
   * @param model SHA-256 of the weights
   * @param corpus SHA-256 of ids and tokens
   * @param widest matrices wider than this are in blocks
   */
  record Identity(String model, String corpus, String labels, long seed, int widest) {
    /** What an index is of too, which has no bases. */
    SequencedMap<String, String> entries() {
      SequencedMap<String, String> all = new LinkedHashMap<>();
      all.put("loupe.influence", VERSION);
      all.put("model sha256", model);
      all.put("corpus sha256", corpus);
      all.put("labels", labels);
      all.put("seed", "" + seed);
      return all;
    }

    private SequencedMap<String, String> withBlocks() {
      SequencedMap<String, String> all = entries();
      all.put(BLOCKS, "" + widest);
      return all;
    }
  }

  /**
   * What {@code fit.json} says.
   *
   * @param corpus where the corpus was
   * @param share of its documents
   */
  record Description(
      Identity identity, Path corpus, double share, double loss, Map<BlockMap, String> sha256) {}

  private Path file(BlockMap map) {
    return folder.resolve(name(map));
  }

  private static String name(BlockMap map) {
    return "layer-%d.%s.safetensors"
        .formatted(map.layer(), map.kind().name().toLowerCase(Locale.ROOT));
  }

  /** Whether a map is fitted already, as this identity says; refuses one of another identity. */
  boolean has(BlockMap map, Identity identity) {
    Path file = file(map);
    if (!Files.exists(file)) {
      return false;
    }
    try (Safetensors stored = Safetensors.open(file)) {
      identity
          .withBlocks()
          .forEach((key, value) -> {
            String there = stored.metadata().getOrDefault(key, absent(key));
            if (!there.equals(value)) {
              throw LoupeException.badInput(
                  "%s belongs to another fit: %s was %s, now it is %s"
                      .formatted(file, key, there, value),
                  "Ask for the same again to resume, or name another folder.");
            }
          });
    }
    return true;
  }

  /** Fits from before there were blocks have whole matrices. */
  private static String absent(String key) {
    return key.equals(BLOCKS) ? "" + Eigenbasis.WIDEST : "not recorded";
  }

  /** What a group of maps keeps while it is under way. */
  BegunGroup begun(List<BlockMap> group, Identity identity) {
    return new BegunGroup(folder, identity.withBlocks(), group, BegunGroup.EVERY);
  }

  void write(BlockMap map, MapFactors factors, Identity identity) {
    SafetensorsWriter writer = new SafetensorsWriter();
    identity.withBlocks().forEach(writer::metadata);
    add(writer, INPUT_BASIS, factors.inputBasis());
    add(writer, OUTPUT_BASIS, factors.outputBasis());
    writer.add(LAMBDA, factors.lambda().to(DType.F32).toFloats(), factors.lambda().shape());
    writer.write(file(map));
  }

  private static void add(SafetensorsWriter writer, String name, Eigenbasis basis) {
    int count = basis.blocks().size();
    for (int block = 0; block < count; block++) {
      Tensor vectors = basis.blocks().get(block);
      writer.add(part(name, block, count), vectors.toFloats(), vectors.shape());
    }
  }

  private static String part(String name, int block, int count) {
    return count == 1 ? name : name + "." + block;
  }

  private static List<Tensor> basis(
      Safetensors stored, String name, int width, int widest, DType dtype) {
    List<Integer> widths = Eigenbasis.widths(width, widest);
    List<Tensor> blocks = new ArrayList<>();
    for (int block = 0; block < widths.size(); block++) {
      int each = widths.get(block);
      blocks.add(tensor(stored, part(name, block, widths.size()), each, each).to(dtype));
    }
    return blocks;
  }

  /**
   * The factors of a map; close them.
   *
   * @param widest as they were fitted
   * @throws LoupeException if the file is missing, damaged or of other sizes
   */
  MapFactors read(BlockMap map, SequenceGradients.MapSize size, int widest, DType dtype) {
    int columns = size.columns();
    int outputs = size.outputs();
    try (Safetensors stored = Safetensors.open(file(map));
        var _ = NativeScope.open()) {
      return MapFactors.retain(
          basis(stored, INPUT_BASIS, columns, widest, dtype),
          basis(stored, OUTPUT_BASIS, outputs, widest, dtype),
          tensor(stored, LAMBDA, outputs, columns).to(DType.F64));
    }
  }

  private static Tensor tensor(Safetensors stored, String name, long rows, long columns) {
    StoredTensor found = stored.tensors().get(name);
    if (found == null || !found.shape().equals(List.of(rows, columns)) || found.hasNonFinite()) {
      throw LoupeException.badInput(
          "%s: %s is missing, holds infinities, or is not [%d, %d]"
              .formatted(stored.origin(), name, rows, columns),
          "Delete the folder and fit again.");
    }
    return Tensor.of(found.toFloats(), rows, columns);
  }

  /** Ends the fit. */
  void finish(Identity identity, FitRequest request, double loss, List<BlockMap> maps) {
    ObjectNode root = JsonText.mapper().createObjectNode();
    identity.withBlocks().forEach(root::put);
    root.put("corpus", request.corpus().toAbsolutePath().toString());
    root.put("share", request.share());
    root.put("loss", loss);
    ReportFile.write(
        folder.resolve(NAME),
        out -> {
          ObjectNode files = root.putObject("files");
          for (BlockMap map : maps) {
            files.put(name(map), Checksum.SHA256.sum(file(map)));
          }
          out.write(root.toPrettyString() + "\n");
        });
  }

  /**
   * What was fitted; the files' checksums are compared.
   *
   * @param maps that the model has
   * @throws LoupeException if the folder holds no finished fit, or a damaged one
   */
  Description describe(List<BlockMap> maps) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      throw LoupeException.badInput(
          folder + " holds no finished fit (there is no " + NAME + ")",
          "Make one with 'loupe influence fit'; the same command resumes one that was begun.");
    }
    try {
      JsonNode root = JsonText.read(file);
      if (!root.path("loupe.influence").asString("").equals(VERSION)) {
        throw LoupeException.badInput(
            file + " is of another version; this Loupe reads version " + VERSION, "Fit again.");
      }
      SequencedMap<BlockMap, String> sums = new LinkedHashMap<>();
      for (BlockMap map : maps) {
        JsonNode sum = root.path("files").path(name(map));
        if (sum.isString()) {
          if (!Files.exists(file(map)) || !Checksum.SHA256.sum(file(map)).equals(sum.asString())) {
            throw LoupeException.badInput(
                file(map) + " is missing or damaged: its SHA-256 is not the recorded one",
                "Delete this file and run the same 'loupe influence fit' again.");
          }
          sums.put(map, sum.asString());
        }
      }
      return new Description(
          new Identity(
              root.path("model sha256").asString(""),
              root.path("corpus sha256").asString(""),
              root.path("labels").asString(""),
              root.path("seed").asLong(0),
              Math.max(1, root.path(BLOCKS).asInt(Eigenbasis.WIDEST))),
          Path.of(root.path("corpus").asString("")),
          root.path("share").asDouble(1),
          root.path("loss").asDouble(Double.NaN),
          sums);
    } catch (IOException | JacksonException e) {
      throw FileFault.cannotRead(file, "Delete the folder and fit again.", e);
    }
  }
}
