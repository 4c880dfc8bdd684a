package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.Sha256;
import dev.loupe.model.Tap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Lease;
import dev.loupe.tensor.Leases;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.TensorStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A learned feature basis. SAEs, transcoders and cross-layer transcoders are one class because they
 * differ only in where their layers read and write, which is data. The matrices stay in their
 * memory-mapped files, in the stored element type: an encoder is converted a block of rows at a
 * time, of decoders only the rows of active features are read.
 */
public final class Dictionary implements FeatureBasis {
  /** Encoder rows converted at a time, where they are not stored in the type of computation. */
  private static final int BLOCK = 1024;

  /** Pre-activations held at a time by {@link #encode}. */
  public static final long MOST_PRE_ACTIVATIONS = 1 << 25;

  private final DictionaryInfo info;
  private final SortedMap<Integer, DictionaryLayer> layers;
  private final Leases leases;
  private final DType dtype;
  private final Optional<FeatureExamples> examples;

  /** The name for display. */
  public enum Kind {
    /** Reads and writes the same place. */
    SAE,
    /** Reads one place and writes another of the same layer. */
    TRANSCODER,
    /** Writes to later layers too. */
    CROSS_LAYER_TRANSCODER
  }

  private Dictionary(
      DictionaryInfo info,
      SortedMap<Integer, DictionaryLayer> layers,
      Leases leases,
      DType dtype,
      Optional<FeatureExamples> examples) {
    this.info = info;
    this.layers = layers;
    this.leases = leases;
    this.dtype = dtype;
    this.examples = examples;
  }

  /**
   * A dictionary of given parts that computes in float32.
   *
   * @param files what to close with it
   * @throws LoupeException if there is no layer, or two with one number
   */
  public static Dictionary of(
      DictionaryInfo info, List<DictionaryLayer> parts, List<? extends TensorStore> files) {
    SortedMap<Integer, DictionaryLayer> layers = new TreeMap<>();
    for (DictionaryLayer part : parts) {
      DictionaryLayer earlier = layers.put(part.layer(), part);
      if (earlier != null) {
        throw LoupeException.badInput(
            "%s and %s both hold features of layer %d"
                .formatted(earlier.origin(), part.origin(), part.layer()),
            "Name one of the two folders.");
      }
    }
    if (layers.isEmpty()) {
      throw LoupeException.badInput(info.name() + ": holds no layer", "Name another folder.");
    }
    List<TensorStore> owned = List.copyOf(files);
    Leases leases =
        new Leases("the dictionary " + info.name(), () -> owned.forEach(TensorStore::close));
    return new Dictionary(
        info, Collections.unmodifiableSortedMap(layers), leases, DType.F32, Optional.empty());
  }

  /** The same dictionary computing in another type, F32 or F64; either one's close ends both. */
  public Dictionary computingIn(DType type) {
    if (type != DType.F32 && type != DType.F64) {
      throw new IllegalArgumentException(type + ": dictionaries compute in float32 or float64");
    }
    return new Dictionary(info, layers, leases, type, examples);
  }

  /** The same dictionary by another name; either one's close ends both. */
  public Dictionary called(String name) {
    return new Dictionary(
        new DictionaryInfo(name, info.format(), info.modelName(), info.modelSha256(), info.notes()),
        layers,
        leases,
        dtype,
        examples);
  }

  /** The same dictionary with examples of its features; either one's close ends both. */
  public Dictionary with(FeatureExamples found) {
    return new Dictionary(info, layers, leases, dtype, Optional.of(found));
  }

  /** What its features fire on, where a file beside it says so. */
  public Optional<FeatureExamples> examples() {
    return examples;
  }

  /** What the files say. */
  public DictionaryInfo info() {
    return info;
  }

  /** The name for display. */
  public Kind kind() {
    boolean crosses = layers.values().stream().anyMatch(part -> part.writes().size() > 1);
    DictionaryLayer first = parts(layers.firstKey());
    if (crosses) {
      return Kind.CROSS_LAYER_TRANSCODER;
    }
    return first.writes().getFirst().target().equals(first.reads()) ? Kind.SAE : Kind.TRANSCODER;
  }

  /** The stored parts of a layer. */
  public DictionaryLayer parts(int layer) {
    DictionaryLayer parts = layers.get(layer);
    if (parts == null) {
      throw new IllegalArgumentException(info.name() + " has no layer " + layer);
    }
    return parts;
  }

  /**
   * SHA-256, lower-case hex, of all biases and thresholds: no two trainings share them, and the
   * matrices may be gigabytes.
   */
  public String fingerprint() {
    Sha256 hash = new Sha256();
    for (DictionaryLayer part : layers.values()) {
      hash.add(part.encoderBias().bytes().asByteBuffer());
      hash.add(part.outputBias().bytes().asByteBuffer());
      if (part.selection() instanceof Selection.JumpRelu(StoredTensor each)) {
        hash.add(each.bytes().asByteBuffer());
      }
    }
    return hash.hex();
  }

  /** Bytes of all stored tensors. */
  public long bytes() {
    return layers.values().stream()
        .flatMap(part -> part.tensors().stream())
        .mapToLong(tensor -> tensor.bytes().byteSize())
        .sum();
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public List<Integer> layers() {
    return List.copyOf(layers.keySet());
  }

  @Override
  public int features(int layer) {
    return parts(layer).features();
  }

  @Override
  public Tap reads(int layer) {
    return parts(layer).reads();
  }

  @Override
  public List<Tap> writes(int layer) {
    return parts(layer).writes().stream().map(DictionaryLayer.Write::target).toList();
  }

  @Override
  public Tensor preActivations(int layer, Tensor input) {
    try (var _ = leases.use();
        var scope = NativeScope.open()) {
      DictionaryLayer parts = parts(layer);
      Tensor centred = centred(parts, input);
      Tensor weight = parts.encoder().view();
      Tensor bias = whole(parts.encoderBias());
      if (weight.dtype() == dtype) {
        return scope.keep(centred.linear(weight, bias));
      }
      List<Tensor> blocks = new ArrayList<>();
      for (int from = 0; from < parts.features(); from += BLOCK) {
        int to = Math.min(from + BLOCK, parts.features());
        try (var block = NativeScope.open()) {
          Tensor rows = weight.slice(0, from, to).to(dtype);
          blocks.add(block.keep(centred.linear(rows, bias.slice(0, from, to))));
        }
      }
      return scope.keep(Tensor.cat(blocks, -1));
    }
  }

  private Tensor centred(DictionaryLayer parts, Tensor input) {
    Tensor read = input.to(dtype);
    return parts.centred() ? read.minus(whole(parts.outputBias())) : read;
  }

  /** Only these features are encoded, unless which ones are active depends on all others. */
  @Override
  public double[] activations(int layer, Tensor input, int... features) {
    DictionaryLayer parts = parts(layer);
    if (parts.selection() instanceof Selection.TopK) {
      return FeatureBasis.super.activations(layer, input, features);
    }
    try (var _ = leases.use();
        var _ = NativeScope.open()) {
      Tensor bias = whole(parts.encoderBias()).indexSelect(0, Tensor.indices(features));
      Tensor pre = centred(parts, input).linear(encoderRows(layer, features), bias);
      if (!pre.isFinite()) {
        throw notFinite(parts, input);
      }
      double[] thresholds = thresholds(parts);
      double[] values = pre.toDoubles();
      Arrays.setAll(
          values, i -> values[i] > thresholds[features[i % features.length]] ? values[i] : 0);
      return values;
    }
  }

  @Override
  public SparseActivations encode(int layer, Tensor input) {
    DictionaryLayer parts = parts(layer);
    long positions = input.shape()[0];
    long step = Math.max(1, MOST_PRE_ACTIVATIONS / parts.features());
    var active = new SparseActivations.Builder(Math.toIntExact(positions), parts.features());
    parts.encoder().tensor().expect();
    for (long from = 0; from < positions; from += step) {
      try (var _ = leases.use();
          var _ = NativeScope.open()) {
        Tensor some = input.slice(0, from, Math.min(positions, from + step));
        Tensor pre = preActivations(layer, some);
        if (!pre.isFinite()) {
          throw notFinite(parts, some);
        }
        switch (parts.selection()) {
          case Selection.TopK(int k, boolean signed) -> addLargest(pre, k, signed, active);
          case Selection.Relu _, Selection.JumpRelu _, Selection.BatchTopK _ ->
              addAbove(pre, thresholds(parts), active);
        }
      }
    }
    parts.encoder().tensor().letGo();
    return active.build();
  }

  private static LoupeException notFinite(DictionaryLayer parts, Tensor input) {
    return input.isFinite()
        ? DictionaryLayer.notFinite(parts.origin(), parts.encoder().tensor().name())
        : LoupeException.badInput(
            "the activations at %s are not finite".formatted(Place.name(parts.reads())),
            "Run the model in float32, and check its weights.");
  }

  private static void addAbove(Tensor pre, double[] thresholds, SparseActivations.Builder active) {
    for (int position = 0; position < pre.size(0); position++) {
      double[] row = pre.select(0, position).toDoubles();
      for (int feature = 0; feature < row.length; feature++) {
        if (row[feature] > thresholds[feature]) {
          active.add(feature, row[feature], row[feature]);
        }
      }
      active.endPosition();
    }
  }

  private static void addLargest(
      Tensor pre, int k, boolean signed, SparseActivations.Builder active) {
    Tensor.Top top = (signed ? pre.abs() : pre).topK(k, -1);
    double[] sizes = top.values().toDoubles();
    long[] features = top.indices().toLongs();
    for (int position = 0; position < pre.size(0); position++) {
      double[] row = pre.select(0, position).toDoubles();
      SortedMap<Long, Double> rising = new TreeMap<>();
      for (int i = position * k; i < (position + 1) * k && sizes[i] > 0; i++) {
        rising.put(features[i], row[Math.toIntExact(features[i])]);
      }
      rising.forEach((feature, value) -> active.add(feature.intValue(), value, value));
      active.endPosition();
    }
  }

  @Override
  public Tensor encoderRows(int layer, int... features) {
    return rows(parts(layer), parts(layer).encoder(), features);
  }

  @Override
  public Tensor encoderBiases(int layer, int... features) {
    try (var _ = leases.use();
        var scope = NativeScope.open()) {
      DictionaryLayer parts = parts(layer);
      Tensor biases = whole(parts.encoderBias()).indexSelect(0, Tensor.indices(features));
      return scope.keep(
          parts.centred()
              ? biases.minus(encoderRows(layer, features).matmul(whole(parts.outputBias())))
              : biases);
    }
  }

  @Override
  public Tensor thresholds(int layer, int... features) {
    double[] all = thresholds(parts(layer));
    double[] chosen = Arrays.stream(features).mapToDouble(feature -> all[feature]).toArray();
    try (var _ = leases.use();
        var scope = NativeScope.open()) {
      return scope.keep(Tensor.of(chosen, features.length).to(dtype));
    }
  }

  private static double[] thresholds(DictionaryLayer parts) {
    double[] thresholds = new double[parts.features()];
    if (parts.selection() instanceof Selection.JumpRelu(StoredTensor each)) {
      float[] stored = each.toFloats();
      Arrays.setAll(thresholds, feature -> stored[feature]);
    } else {
      Arrays.fill(thresholds, parts.commonThreshold().orElseThrow());
    }
    return thresholds;
  }

  @Override
  public Tensor decoderRows(int layer, Tap target, int... features) {
    return rows(parts(layer), parts(layer).decoder(target), features);
  }

  private Tensor rows(DictionaryLayer parts, StoredRows stored, int... features) {
    try (var _ = leases.use();
        var scope = NativeScope.open()) {
      Tensor rows = stored.view().indexSelect(0, Tensor.indices(features)).to(dtype);
      stored.tensor().letGo();
      if (!rows.isFinite()) {
        throw DictionaryLayer.notFinite(parts.origin(), stored.tensor().name());
      }
      return scope.keep(rows);
    }
  }

  @Override
  public Tensor bias(int layer) {
    return whole(parts(layer).outputBias());
  }

  @Override
  public Optional<Tensor> skip(int layer) {
    return parts(layer).skip().map(this::whole);
  }

  private Tensor whole(StoredTensor stored) {
    return Tensor.mapped(stored.bytes(), stored.dtype(), stored.sizes()).to(dtype);
  }

  @Override
  public Lease lease() {
    return leases.lease();
  }

  @Override
  public void close() {
    leases.close();
  }
}
