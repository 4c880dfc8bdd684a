package dev.loupe.instrument.features;

import dev.loupe.corpus.TokenFile;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tokenizer.Tokenizer;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A finished index, mapped rather than read: {@code features.safetensors} with the columns of all
 * features and, as metadata, what it was made of; {@code tokens.bin} with the text; {@code
 * labels.json} with the labels given since. Owns its files: close it.
 */
final class FeatureStore implements AutoCloseable {
  static final String FEATURES = "features.safetensors";
  static final String PROGRESS = "progress.safetensors";
  static final String TOKENS = "tokens.bin";
  static final String LABELS = "labels.json";
  static final String COUNTED = "counted tokens";

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path folder;
  private final Safetensors file;
  private final TokenFile tokens;
  private final Tokenizer tokenizer;
  private final long counted;

  private FeatureStore(Path folder, Safetensors file, TokenFile tokens, Tokenizer tokenizer) {
    this.folder = folder;
    this.file = file;
    this.tokens = tokens;
    this.tokenizer = tokenizer;
    this.counted = number(file, COUNTED);
  }

  /**
   * Opens an index.
   *
   * @throws LoupeException if there is none, it is not finished, damaged, or of another model or
   *     basis
   */
  static FeatureStore open(Path folder, Subject subject) {
    Path features = folder.resolve(FEATURES);
    if (!Files.exists(features)) {
      boolean begun =
          Files.exists(folder.resolve(PROGRESS)) || Files.exists(folder.resolve(TOKENS));
      throw begun
          ? LoupeException.badInput(
              folder + ": the index is not finished",
              "Index with the same settings again: it resumes.")
          : LoupeException.badInput(
              folder + ": holds no index of features", "Index a corpus into that folder first.");
    }
    Safetensors file = Safetensors.open(features);
    boolean opened = false;
    try {
      StoreIdentity.requireSubject(folder.toString(), file.metadata(), subject);
      TokenFile tokens = TokenFile.open(folder.resolve(TOKENS));
      FeatureStore store = new FeatureStore(folder, file, tokens, subject.weights().tokenizer());
      opened = true;
      return store;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** What it was made of: name to value. */
  public Map<String, String> facts() {
    return file.metadata();
  }

  /** Where it lies. */
  public Path folder() {
    return folder;
  }

  /** Longest piece of text that the model read at once. */
  int context() {
    return Integer.parseInt(facts().getOrDefault("context", "2"));
  }

  /** Tokens that were counted: all but those that begin a piece of text. */
  public long counted() {
    return counted;
  }

  /** The layers that it holds, rising. */
  public List<Integer> layers() {
    return Stream.of(facts().getOrDefault("layers", "").split(",")).map(Integer::valueOf).toList();
  }

  /** One over the denominator of the last norm, on average over the tokens. */
  double inverseNorm() {
    return column("final_norm.inverse", DType.F64, 1).bytes().get(DOUBLE, 0) / counted;
  }

  /** n_features of a layer. */
  int features(int layer) {
    StoredTensor counts = file.tensors().get(LayerStatistics.name(layer) + ".count");
    if (counts == null) {
      throw LoupeException.badInput(
          "%s holds no features of layer %d".formatted(folder, layer),
          "Choose a layer of %s, or index this one too.".formatted(layers()));
    }
    return Math.toIntExact(counts.elements());
  }

  /** The largest value of each feature of a layer; 0 where it was never above zero. */
  float[] largest(int layer) {
    int features = features(layer);
    StoredTensor values = examples(layer, "value", DType.F32);
    long slots = values.shape().get(1);
    int strongest = strongest();
    float[] largest = new float[features];
    for (int feature = 0; feature < features; feature++) {
      for (int slot = 0; slot < strongest; slot++) {
        largest[feature] =
            Math.max(largest[feature], values.bytes().getAtIndex(FLOAT, feature * slots + slot));
      }
    }
    return largest;
  }

  /** How many tokens each feature of a layer is above zero on. */
  long[] active(int layer) {
    StoredTensor counts = column(LayerStatistics.name(layer) + ".count", DType.I64, -1);
    long[] active = new long[features(layer)];
    for (int i = 0; i < active.length; i++) {
      active[i] = counts.bytes().getAtIndex(LONG, i);
    }
    return active;
  }

  /** How many of the strongest examples of each feature of a layer peak on a token. */
  int[] peaksOn(int layer, int token) {
    int[] peaks = new int[features(layer)];
    StoredTensor places = examples(layer, "token", DType.I64);
    long slots = places.shape().get(1);
    int strongest = strongest();
    for (int feature = 0; feature < peaks.length; feature++) {
      for (int slot = 0; slot < strongest; slot++) {
        long place = places.bytes().getAtIndex(LONG, feature * slots + slot);
        peaks[feature] += place > 0 && token(place - 1) == token ? 1 : 0;
      }
    }
    return peaks;
  }

  /** How many of the strongest examples are kept of each feature. */
  int strongest() {
    return (int) number(file, "examples");
  }

  /**
   * Everything that is known of a feature.
   *
   * @throws LoupeException if the index does not hold it, or is damaged
   */
  public StoredFeature read(FeatureId id) {
    int features = features(id.layer());
    if (id.feature() >= features) {
      throw LoupeException.badInput(
          "%s has no feature %s: layer %d ends with %d"
              .formatted(folder, id, id.layer(), features - 1),
          "Choose a feature from 0 to %d.".formatted(features - 1));
    }
    String name = LayerStatistics.name(id.layer());
    long active =
        column(name + ".count", DType.I64, features).bytes().getAtIndex(LONG, id.feature());
    double sum =
        column(name + ".sum", DType.F64, features).bytes().getAtIndex(DOUBLE, id.feature());
    int first = strongest();
    int weaker = first + ExampleSlots.RUNGS * ExampleSlots.PER_RUNG;
    Comparator<Example> falling =
        Comparator.comparingDouble(Example::activation)
            .reversed()
            .thenComparingLong(Example::index);
    List<Example> strongest = examples(id, 0, first).sorted(falling).toList();
    List<Example> below =
        examples(id, weaker, weaker + ExampleSlots.LOWEST).sorted(falling.reversed()).toList();
    double largest = strongest.isEmpty() ? Double.NaN : strongest.getFirst().activation();
    return new StoredFeature(
        id,
        counted,
        active,
        sum / counted,
        largest,
        below.isEmpty() ? 0 : below.getFirst().activation(),
        histogram(name, id.feature()),
        strongest,
        examples(id, first, weaker)
            .filter(example ->
                ExampleSlots.rung((float) example.activation())
                    > ExampleSlots.rung((float) largest) - ExampleSlots.RUNGS)
            .sorted(falling)
            .toList(),
        below,
        neurons(name, id.feature()));
  }

  private Stream<Example> examples(FeatureId id, int from, int to) {
    StoredTensor places = examples(id.layer(), "token", DType.I64);
    long slots = places.shape().get(1);
    return IntStream.range(from, to)
        .mapToLong(slot -> id.feature() * slots + slot)
        .filter(slot -> places.bytes().getAtIndex(LONG, slot) > 0)
        .mapToObj(slot -> example(id.layer(), slot));
  }

  private Example example(int layer, long slot) {
    long index = examples(layer, "token", DType.I64).bytes().getAtIndex(LONG, slot) - 1;
    float value = examples(layer, "value", DType.F32).bytes().getAtIndex(FLOAT, slot);
    StoredTensor reaches = examples(layer, "reach", DType.U8);
    StoredTensor windows = examples(layer, "window", DType.F32);
    int back = reaches.bytes().get(ValueLayout.JAVA_BYTE, 2 * slot);
    int ahead = reaches.bytes().get(ValueLayout.JAVA_BYTE, 2 * slot + 1);
    long window = windows.shape().get(2);
    if (index - back < 0 || index + ahead >= tokens.size() || back + ahead >= window || back < 0) {
      throw damaged(folder.toString(), "an example lies outside of the text");
    }
    List<Integer> ids = new ArrayList<>();
    List<Float> activations = new ArrayList<>();
    for (int i = 0; i <= back + ahead; i++) {
      ids.add(token(index - back + i));
      activations.add(windows.bytes().getAtIndex(FLOAT, slot * window + i));
    }
    List<String> texts = ids.stream().map(tokenizer::tokenText).toList();
    return new Example(value, index, back, ids, texts, activations);
  }

  private Histogram histogram(String name, int feature) {
    StoredTensor histograms = column(name + ".histogram", DType.I32, -1);
    List<Long> counts = new ArrayList<>();
    for (int bin = 0; bin < Histogram.BINS; bin++) {
      counts.add((long) histograms.bytes().getAtIndex(INT, (long) feature * Histogram.BINS + bin));
    }
    return new Histogram(counts);
  }

  private List<StoredFeature.NeuronCorrelation> neurons(String name, int feature) {
    StoredTensor numbers = file.tensors().get(name + ".neuron.number");
    StoredTensor correlations = file.tensors().get(name + ".neuron.correlation");
    if (numbers == null || correlations == null) {
      return List.of();
    }
    long width = numbers.shape().get(1);
    return IntStream.range(0, (int) width)
        .mapToObj(i ->
            new StoredFeature.NeuronCorrelation(
                numbers.bytes().getAtIndex(INT, feature * width + i),
                correlations.bytes().getAtIndex(FLOAT, feature * width + i)))
        .toList();
  }

  /** The text that was read, for pieces other than the examples. */
  TokenFile tokens() {
    return tokens;
  }

  private int token(long index) {
    return tokens.id(index);
  }

  private StoredTensor examples(int layer, String what, DType dtype) {
    features(layer);
    return column(LayerStatistics.name(layer) + ".example." + what, dtype, -1);
  }

  private StoredTensor column(String name, DType dtype, long elements) {
    StoredTensor column = file.tensors().get(name);
    if (column == null
        || column.dtype() != dtype
        || (elements >= 0 && column.elements() != elements)) {
      throw damaged(folder.toString(), name + " is missing or of another kind");
    }
    return column;
  }

  private static long number(Safetensors file, String name) {
    String text = file.metadata().getOrDefault(name, "");
    if (!text.matches("\\d{1,18}")) {
      throw damaged(file.origin(), "'" + name + "' is no number");
    }
    return Long.parseLong(text);
  }

  static LoupeException damaged(String where, String what) {
    return LoupeException.badInput(
        where + ": the index is damaged: " + what, "Delete the folder and index the corpus again.");
  }

  @Override
  public void close() {
    tokens.close();
    file.close();
  }
}
