package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Tap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The parts of one layer of a dictionary, as stored. Shapes are checked against each other here,
 * whatever the format they come from; so are the values of everything but the two large matrices,
 * whose rows are checked when they are read.
 *
 * @param origin the file or folder, for messages
 * @param reads what the encoder reads
 * @param encoder {@code [n_features, d_in]}
 * @param encoderBias {@code [n_features]}
 * @param centred whether {@code outputBias} is subtracted from what is read
 * @param selection which pre-activations become activations
 * @param writes where features write, the layer's own target first
 * @param outputBias {@code [d_out]}, the constant at the own target
 * @param skip {@code [d_out, d_in]}
 */
public record DictionaryLayer(
    String origin,
    Tap reads,
    StoredRows encoder,
    StoredTensor encoderBias,
    boolean centred,
    Selection selection,
    List<Write> writes,
    StoredTensor outputBias,
    Optional<StoredTensor> skip) {
  private static final String REMEDY =
      "The files are damaged or do not belong together: download the dictionary again.";

  /**
   * Decoder directions at one target.
   *
   * @param decoder {@code [n_features, d_out]}
   */
  public record Write(Tap target, StoredRows decoder) {}

  /**
   * Checks everything that can be checked without the model.
   *
   * @throws LoupeException if a part has another shape or element type than the others ask for, or
   *     a bias, a threshold or the skip matrix holds a value that it must not hold
   */
  public DictionaryLayer {
    writes = List.copyOf(writes);
    if (!encoder.hasRank() || encoder.rows() < 1 || encoder.width() < 1) {
      throw wrong(origin, encoder.tensor(), "a matrix with a row for each feature");
    }
    long features = encoder.rows();
    if (features > Integer.MAX_VALUE || encoder.width() > Integer.MAX_VALUE) {
      throw wrong(origin, encoder.tensor(), "at most 2^31 features");
    }
    if (writes.isEmpty()) {
      throw new IllegalArgumentException(origin + ": features write nowhere");
    }
    long width = outputBias.elements();
    requireShape(origin, encoderBias, features);
    requireShape(origin, outputBias, width);
    for (Write write : writes) {
      StoredRows decoder = write.decoder();
      if (!decoder.hasRank() || decoder.rows() != features || decoder.width() != width) {
        throw wrong(
            origin,
            decoder.tensor(),
            String.format(Locale.ROOT, "%,d directions of width %,d", features, width));
      }
    }
    if (centred && width != encoder.width()) {
      throw wrong(origin, outputBias, "as wide as what is read, " + encoder.width());
    }
    Stream.of(Stream.of(encoder.tensor()), writes.stream().map(write -> write.decoder().tensor()))
        .flatMap(part -> part)
        .forEach(tensor -> requireFloats(origin, tensor));
    requireFinite(origin, encoderBias);
    requireFinite(origin, outputBias);
    if (skip.isPresent()) {
      requireShape(origin, skip.get(), width, encoder.width());
      requireFinite(origin, skip.get());
    }
    switch (selection) {
      case Selection.Relu _ -> {}
      case Selection.JumpRelu(StoredTensor thresholds) -> {
        requireShape(origin, thresholds, features);
        requireFinite(origin, thresholds);
        for (float threshold : thresholds.toFloats()) {
          requireThreshold(origin, threshold);
        }
      }
      case Selection.TopK(int k, boolean _) -> requireK(origin, k, features);
      case Selection.BatchTopK(int k, double threshold) -> {
        requireK(origin, k, features);
        requireThreshold(origin, threshold);
      }
    }
  }

  /** n_features. */
  public int features() {
    return Math.toIntExact(encoder.rows());
  }

  /** Width of what is read. */
  public int widthIn() {
    return Math.toIntExact(encoder.width());
  }

  /** Width of what is written. */
  public int widthOut() {
    return Math.toIntExact(outputBias.elements());
  }

  /** The layer's number. */
  public int layer() {
    return reads.layer();
  }

  /** The decoder of one target. */
  StoredRows decoder(Tap target) {
    return writes.stream()
        .filter(write -> write.target().equals(target))
        .findFirst()
        .map(Write::decoder)
        .orElseThrow(() ->
            new IllegalArgumentException("layer " + layer() + " writes nothing at " + target));
  }

  /** The tensors of the files, each once. */
  public List<StoredTensor> tensors() {
    Optional<StoredTensor> thresholds =
        selection instanceof Selection.JumpRelu(var each) ? Optional.of(each) : Optional.empty();
    return Stream.of(
            Stream.of(encoder.tensor(), encoderBias, outputBias),
            writes.stream().map(write -> write.decoder().tensor()),
            skip.stream(),
            thresholds.stream())
        .flatMap(part -> part)
        .distinct()
        .toList();
  }

  /**
   * Reads every value.
   *
   * @throws LoupeException if one is infinite or not a number
   */
  public void requireFinite() {
    tensors().forEach(tensor -> requireFinite(origin, tensor));
  }

  /** One threshold for all features, where the selection has that. */
  OptionalDouble commonThreshold() {
    return switch (selection) {
      case Selection.Relu _, Selection.TopK _ -> OptionalDouble.of(0);
      case Selection.BatchTopK(int _, double threshold) -> OptionalDouble.of(threshold);
      case Selection.JumpRelu _ -> OptionalDouble.empty();
    };
  }

  private static void requireShape(String origin, StoredTensor tensor, long... sizes) {
    List<Long> wanted = Arrays.stream(sizes).boxed().toList();
    if (!Objects.equals(tensor.shape(), wanted)) {
      throw wrong(origin, tensor, wanted.toString());
    }
  }

  private static void requireFloats(String origin, StoredTensor tensor) {
    DType dtype = tensor.dtype();
    if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F16 && dtype != DType.F64) {
      throw LoupeException.badInput(
          origin + ": " + tensor.name() + " is stored as " + dtype,
          "Dictionaries must be F64, F32, BF16 or F16: convert it, or choose another.");
    }
  }

  static void requireFinite(String origin, StoredTensor tensor) {
    requireFloats(origin, tensor);
    if (tensor.hasNonFinite()) {
      throw notFinite(origin, tensor.name());
    }
  }

  static LoupeException notFinite(String origin, String name) {
    return LoupeException.badInput(
        origin + ": " + name + " holds infinities or values that are not numbers", REMEDY);
  }

  private static void requireThreshold(String origin, double threshold) {
    if (!(threshold >= 0)) {
      throw LoupeException.badInput(
          origin + ": a threshold is " + threshold + ", below 0",
          "Formats disagree on what that means: choose a dictionary whose thresholds are not negative.");
    }
  }

  private static void requireK(String origin, int k, long features) {
    if (k < 1 || k > features) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT, "%s: k is %,d but there are %,d features", origin, k, features),
          REMEDY);
    }
  }

  private static LoupeException wrong(String origin, StoredTensor tensor, String wanted) {
    return LoupeException.badInput(
        "%s: %s is %s but must be %s".formatted(origin, tensor.name(), tensor.shape(), wanted),
        REMEDY);
  }
}
