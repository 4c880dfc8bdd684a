package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.TensorStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What the features of a dictionary fire on: a few of the strongest examples of each in a text, in
 * a file beside the dictionary, so that whoever shows a feature can show them too. An example is
 * the few tokens around a peak. For each layer L the file holds
 *
 * <ul>
 *   <li>{@code layer.L.tokens}: I32 {@code [features, examples, window]}, −1 outside of the text,
 *   <li>{@code layer.L.activations}: U8 of the same shape, in 255ths of the example's peak,
 *   <li>{@code layer.L.largest}: F32 {@code [features, examples]}, the activation at the peak, 0
 *       where there is no such example,
 *   <li>{@code layer.L.frequency}: F32 {@code [features]}, the share of tokens it is active on.
 * </ul>
 */
public final class FeatureExamples {
  /** The file's name in the folder of the dictionary. */
  public static final String FILE = "examples.safetensors";

  /** Examples kept of each feature. */
  public static final int MOST = 3;

  /** Tokens kept before the peak. */
  public static final int BEFORE = 9;

  /** Tokens kept after it. */
  public static final int AFTER = 4;

  private static final int WINDOW = BEFORE + 1 + AFTER;
  private static final double FULL = 255;
  private static final String DICTIONARY = "dictionary";
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String origin;
  private final Map<Integer, Layer> layers = new TreeMap<>();

  private record Layer(
      StoredTensor tokens,
      StoredTensor activations,
      StoredTensor largest,
      StoredTensor frequency) {}

  /**
   * A piece of text around a peak.
   *
   * @param tokens ids
   * @param activations of each token, exact at the peak, else to a 255th of it
   * @param peak index of the token with the largest one
   */
  public record Example(List<Integer> tokens, List<Double> activations, int peak) {
    public Example {
      tokens = List.copyOf(tokens);
      activations = List.copyOf(activations);
    }
  }

  /**
   * What was found of a feature.
   *
   * @param frequency share of tokens that it is active on
   * @param examples the strongest first
   */
  public record Found(double frequency, List<Example> examples) {
    public Found {
      examples = List.copyOf(examples);
    }
  }

  /**
   * The examples in an open file.
   *
   * @throws LoupeException if it is not of this dictionary, or damaged
   */
  public FeatureExamples(TensorStore file, Dictionary dictionary) {
    this.origin = file.origin();
    String fingerprint = file.metadata().getOrDefault(DICTIONARY, "none");
    if (!fingerprint.equals(dictionary.fingerprint())) {
      throw LoupeException.badInput(
          "%s holds examples of another dictionary".formatted(origin),
          "Remove it, or index a corpus with this dictionary and take the file of that index.");
    }
    for (int layer : dictionary.layers()) {
      long features = dictionary.features(layer);
      layers.put(
          layer,
          new Layer(
              column(file, layer, "tokens", DType.I32, features, MOST, WINDOW),
              column(file, layer, "activations", DType.U8, features, MOST, WINDOW),
              column(file, layer, "largest", DType.F32, features, MOST),
              column(file, layer, "frequency", DType.F32, features)));
    }
  }

  private static String name(int layer, String what) {
    return "layer." + layer + "." + what;
  }

  private static StoredTensor column(
      TensorStore file, int layer, String what, DType dtype, long... shape) {
    return file.find(name(layer, what))
        .filter(each -> each.dtype() == dtype && Arrays.equals(each.sizes(), shape))
        .orElseThrow(() ->
            LoupeException.badInput(
                "%s: %s is missing or of another kind".formatted(file.origin(), name(layer, what)),
                "Remove the file, or index a corpus anew and take the file of that index."));
  }

  /**
   * What was found of a feature.
   *
   * @throws LoupeException if a token cannot be in {@code vocabulary}
   */
  public Found of(FeatureId id, int vocabulary) {
    Layer layer = layers.get(id.layer());
    if (layer == null) {
      return new Found(0, List.of());
    }
    List<Example> examples = new ArrayList<>();
    for (int slot = 0; slot < MOST; slot++) {
      long at = (long) id.feature() * MOST + slot;
      float largest = layer.largest().bytes().getAtIndex(FLOAT, at);
      if (largest > 0) {
        examples.add(example(layer, at * WINDOW, largest, vocabulary));
      }
    }
    return new Found(layer.frequency().bytes().getAtIndex(FLOAT, id.feature()), examples);
  }

  private Example example(Layer layer, long from, float largest, int vocabulary) {
    List<Integer> tokens = new ArrayList<>();
    List<Double> activations = new ArrayList<>();
    int peak = BEFORE;
    for (int i = 0; i < WINDOW; i++) {
      int token = layer.tokens().bytes().getAtIndex(INT, from + i);
      if (token >= vocabulary || token < -1 || (token < 0 && i == BEFORE)) {
        throw LoupeException.badInput(
            "%s holds token %d, which the model does not have".formatted(origin, token),
            "Remove the file, or index a corpus anew and take the file of that index.");
      }
      if (token >= 0) {
        int level = layer.activations().bytes().get(ValueLayout.JAVA_BYTE, from + i) & 0xFF;
        tokens.add(token);
        activations.add(level / FULL * largest);
      } else if (i < BEFORE) {
        peak--;
      }
    }
    return new Example(tokens, activations, peak);
  }

  /**
   * Writes such a file, completely or not at all.
   *
   * @param dictionary whose features they are
   * @param about what was read, for people
   * @param found of each feature; what is more than the file keeps is left out
   * @throws LoupeException if the disk refuses
   */
  public static void write(
      Path file,
      Dictionary dictionary,
      Map<String, String> about,
      Function<FeatureId, Found> found) {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsWriter writer = new SafetensorsWriter();
      about.forEach(writer::metadata);
      writer.metadata(DICTIONARY, dictionary.fingerprint());
      for (int layer : dictionary.layers()) {
        add(writer, arena, layer, dictionary.features(layer), found);
      }
      writer.write(file);
    }
  }

  private static void add(
      SafetensorsWriter writer,
      Arena arena,
      int layer,
      int features,
      Function<FeatureId, Found> found) {
    long slots = (long) features * MOST;
    MemorySegment tokens = arena.allocate(slots * WINDOW * Integer.BYTES);
    tokens.fill((byte) -1);
    MemorySegment activations = arena.allocate(slots * WINDOW);
    float[] largest = new float[Math.toIntExact(slots)];
    float[] frequency = new float[features];
    for (int feature = 0; feature < features; feature++) {
      Found each = found.apply(new FeatureId(layer, feature));
      frequency[feature] = (float) each.frequency();
      for (int slot = 0; slot < Math.min(MOST, each.examples().size()); slot++) {
        Example example = each.examples().get(slot);
        int at = feature * MOST + slot;
        largest[at] = example.activations().get(example.peak()).floatValue();
        for (int i = 0; i < example.tokens().size(); i++) {
          int place = BEFORE + i - example.peak();
          if (place >= 0 && place < WINDOW) {
            double share = example.activations().get(i) / largest[at];
            long cell = (long) at * WINDOW + place;
            tokens.setAtIndex(INT, cell, example.tokens().get(i));
            activations.set(
                ValueLayout.JAVA_BYTE, cell, (byte) Math.round(Math.clamp(share, 0, 1) * FULL));
          }
        }
      }
    }
    List<Long> shape = List.of((long) features, (long) MOST, (long) WINDOW);
    writer.add(new StoredTensor(name(layer, "tokens"), DType.I32, shape, tokens));
    writer.add(new StoredTensor(name(layer, "activations"), DType.U8, shape, activations));
    writer.add(name(layer, "largest"), largest, features, MOST);
    writer.add(name(layer, "frequency"), frequency, features);
  }
}
