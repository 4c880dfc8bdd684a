package dev.loupe.dictionary;

import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Dictionaries of random numbers, of a size that can be computed densely. */
public final class RandomDictionary {
  public static final int FEATURES = 40;
  public static final int WIDTH = 12;

  private final Random random;
  private final DType dtype;

  /** The matrices are stored in {@code dtype}. */
  public RandomDictionary(long seed, DType dtype) {
    this.random = new Random(seed);
    this.dtype = dtype;
  }

  /** A dictionary of these layers, trained on a model of that name. */
  public static Dictionary of(DictionaryLayer... layers) {
    DictionaryInfo info =
        new DictionaryInfo("random", "none", Optional.of("org/tiny"), Optional.of("ab12"));
    return Dictionary.of(info, List.of(layers), List.of());
  }

  /** A layer that reads and writes there. */
  public DictionaryLayer layer(Place place, boolean centred, Selection selection, boolean hasSkip) {
    return new DictionaryLayer(
        "random",
        place.reads(),
        StoredRows.of(normal("W_enc", dtype, FEATURES, WIDTH)),
        normal("b_enc", DType.F32, FEATURES),
        centred,
        selection,
        List.of(
            new DictionaryLayer.Write(
                place.writes(), StoredRows.of(normal("W_dec", dtype, FEATURES, WIDTH)))),
        normal("b_dec", DType.F32, WIDTH),
        hasSkip ? Optional.of(normal("W_skip", dtype, WIDTH, WIDTH)) : Optional.empty());
  }

  /** A layer of a cross-layer transcoder of {@code layers} layers. */
  public DictionaryLayer crossing(int layer, int layers, Selection selection) {
    StoredTensor decoder = normal("W_dec", dtype, FEATURES, layers - layer, WIDTH);
    DictionaryLayer.Write[] writes = new DictionaryLayer.Write[layers - layer];
    Arrays.setAll(
        writes,
        slot ->
            new DictionaryLayer.Write(
                new Tap(Site.MLP_OUT, layer + slot), StoredRows.slotOf(decoder, slot)));
    return new DictionaryLayer(
        "random",
        new Tap(Site.RESID_MID, layer),
        StoredRows.of(normal("W_enc", dtype, FEATURES, WIDTH)),
        normal("b_enc", DType.F32, FEATURES),
        false,
        selection,
        List.of(writes),
        normal("b_dec", DType.F32, WIDTH),
        Optional.empty());
  }

  /** Thresholds from 0 to 1. */
  public Selection.JumpRelu jumpRelu() {
    float[] values = new float[FEATURES];
    for (int i = 0; i < FEATURES; i++) {
      values[i] = random.nextFloat();
    }
    return new Selection.JumpRelu(stored("threshold", DType.F32, values, FEATURES));
  }

  /** Normal values. */
  public StoredTensor normal(String name, DType type, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return stored(name, type, values, shape);
  }

  /** Given values. */
  public static StoredTensor stored(String name, DType type, float[] values, long... shape) {
    try (var _ = NativeScope.open()) {
      Tensor tensor = Tensor.of(values, shape).to(type).contiguous();
      byte[] bytes = tensor.segment().toArray(ValueLayout.JAVA_BYTE);
      return new StoredTensor(
          name, type, Arrays.stream(shape).boxed().toList(), MemorySegment.ofArray(bytes));
    }
  }

  /** Activations {@code [pos, d_model]}. */
  public Tensor input(int positions) {
    float[] values = new float[positions * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, positions, WIDTH);
  }
}
